//! Broadcast deliveries: what they tell, and that it agrees with the request and response.
mod agreement;
mod metadata;
mod odd;
mod payloads;
