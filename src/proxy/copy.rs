//! A body that passes through and is copied on the way.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

use super::pass::Call;

/// Which way a body goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Request,
    Response,
}

/// A body whose bytes are passed on as they come, unaltered, and reported to the call's observer. An answer's body also
/// reports how the exchange ended.
pub(super) struct ObservedBody<B> {
    inner: Pin<Box<B>>,
    call: Arc<Call>,
    direction: Direction,
    silence: Duration,
    deadline: Pin<Box<Sleep>>,
    is_over: bool,
}

impl<B: Body<Data = Bytes>> ObservedBody<B> {
    pub fn new(inner: B, call: Arc<Call>, direction: Direction, silence: Duration) -> Self {
        let mut body = Self {
            inner: Box::pin(inner),
            call,
            direction,
            silence,
            deadline: Box::pin(sleep(silence)),
            is_over: false,
        };
        body.end_if_over();
        body
    }

    /// A body whose length was announced is not asked for its end once all of it is there.
    fn end_if_over(&mut self) {
        if !self.is_over && self.inner.is_end_stream() {
            self.completed();
        }
    }

    fn completed(&mut self) {
        self.is_over = true;
        if self.direction == Direction::Response {
            self.call.completed();
        }
    }

    fn stalled(&mut self, why: &str) {
        self.is_over = true;
        match self.direction {
            Direction::Request => self.call.request_broke_off(why),
            Direction::Response => self.call.broke_off(why),
        }
    }

    fn failed(&mut self, error: &(dyn std::error::Error + 'static)) {
        self.is_over = true;
        match self.direction {
            Direction::Request if is_malformed(error) => {
                self.call.request_malformed(&deepest(error));
            }
            Direction::Request => self.call.client_gone(),
            Direction::Response => self.call.broke_off(&deepest(error)),
        }
    }
}

impl<B> Body for ObservedBody<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = &mut *self;
        match this.inner.as_mut().poll_frame(context) {
            Poll::Pending => {
                if this.deadline.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
                let why = format!("nothing came for {} s", this.silence.as_secs());
                this.stalled(&why);
                Poll::Ready(Some(Err(io::Error::new(io::ErrorKind::TimedOut, why))))
            }
            Poll::Ready(None) => {
                this.completed();
                Poll::Ready(None)
            }
            Poll::Ready(Some(Err(error))) => {
                let error: Box<dyn std::error::Error + Send + Sync> = error.into();
                this.failed(&*error);
                Poll::Ready(Some(Err(io::Error::other(error))))
            }
            // They belong to the connection, and end the body.
            Poll::Ready(Some(Ok(frame))) if frame.is_trailers() => {
                this.completed();
                Poll::Ready(None)
            }
            Poll::Ready(Some(Ok(frame))) => {
                this.deadline.as_mut().reset(Instant::now() + this.silence);
                if let Some(bytes) = frame.data_ref().filter(|bytes| !bytes.is_empty()) {
                    this.call.copy(this.direction, bytes);
                }
                this.end_if_over();
                Poll::Ready(Some(Ok(frame)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl<B> Drop for ObservedBody<B> {
    fn drop(&mut self) {
        if !self.is_over && self.direction == Direction::Response {
            self.call.dropped();
        }
    }
}

/// Whether a body is not valid HTTP, rather than cut off.
fn is_malformed(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut error = Some(error);
    while let Some(this) = error {
        let kind = this.downcast_ref::<io::Error>().map(io::Error::kind);
        if kind.is_some_and(|kind| {
            matches!(
                kind,
                io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData
            )
        }) {
            return true;
        }
        error = this.source();
    }
    false
}

/// The root cause of an error, which is the one that is informative.
pub(super) fn deepest(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
