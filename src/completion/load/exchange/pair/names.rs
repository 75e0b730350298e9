//! What recorders, proxies, gateways and SDKs call the parts of an exchange, without case and what divides their words.

pub(super) const REQUEST: [&str; 5] = [
    "request",
    "req",
    "httprequest",
    "providerrequest",
    "rawrequest",
];
pub(super) const RESPONSE: [&str; 6] = [
    "response",
    "res",
    "resp",
    "httpresponse",
    "providerresponse",
    "rawresponse",
];
pub(super) const URL: [&str; 6] = [
    "url",
    "uri",
    "requesturl",
    "requesturi",
    "targeturl",
    "href",
];
pub(super) const PATH: [&str; 4] = ["path", "requestpath", "endpoint", "urlpath"];
pub(super) const HOST: [&str; 7] = [
    "scope",
    "upstreambaseurl",
    "host",
    // Traefik's.
    "requesthost",
    "authority",
    "hostname",
    "destination",
];
pub(super) const STATUS: [&str; 6] = [
    "status",
    "statuscode",
    "responsestatus",
    "responsestatuscode",
    "code",
    "httpstatus",
];
pub(super) const HEADERS: [&str; 3] = ["headers", "header", "rawheaders"];
pub(super) const REQUEST_HEADERS: [&str; 3] = ["requestheaders", "reqheaders", "reqheader"];
pub(super) const RESPONSE_HEADERS: [&str; 4] =
    ["responseheaders", "resheaders", "respheaders", "rawheaders"];
pub(super) const REQUEST_BODY: [&str; 7] = [
    "requestbody",
    "reqbody",
    "requestpayload",
    "requestdata",
    "requestcontent",
    "requestjson",
    // An error of the AI SDK.
    "requestbodyvalues",
];
pub(super) const RESPONSE_BODY: [&str; 8] = [
    "responsebody",
    "resbody",
    "respbody",
    "responsepayload",
    "responsedata",
    "responsecontent",
    "responsejson",
    "responsetext",
];
/// Where a message keeps its body. The bytes that were sent count more than what was made of them.
pub(super) const BODY: [&str; 29] = [
    "body",
    "bodyraw",
    "rawbody",
    "bodytext",
    "bodystring",
    "bodybytes",
    "bodybase64",
    "bodyasbase64",
    "bodyb64",
    "base64body",
    "postdata",
    "content",
    // What requests-cache made of it.
    "decodedcontent",
    "text",
    "rawtext",
    "payload",
    "data",
    "json",
    "jsonbody",
    "parsedbody",
    // WireMock.Net's.
    "bodyasjson",
    "bodyasstring",
    "requestbody",
    "responsebody",
    "sseevents",
    "events",
    "chunks",
    "bodypatterns",
    "canonicaljson",
];
/// Those of a body that only an answer has.
pub(super) const OF_ANSWERS: [&str; 4] = ["responsebody", "sseevents", "events", "chunks"];
/// What only a completion's own request or response has, so that what has it is no message around one.
pub(super) const OF_COMPLETION: [&str; 8] = [
    "messages",
    "choices",
    "output",
    "prompt",
    "models",
    "object",
    "usage",
    "native_finish_reason",
];
