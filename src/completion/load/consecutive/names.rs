//! What the ids that a log has are called: those of a call, and those that many calls have.

use super::marks::{NUMBER, PATH, PROCESS, SPAN, THREAD, WORD};

/// Names of ids of calls, without case and what divides their words.
/// Threads of clients are none: what a call's answer arrives at is often another one than it was made by. Nor are spans, since
/// what is within one may have its own.
pub(super) const OF_CALLS: [&str; 24] = [
    "requestid",
    "reqid",
    "rid",
    "callid",
    "traceid",
    "correlationid",
    "corrid",
    "operationid",
    "xrequestid",
    "xcorrelationid",
    "xamzntraceid",
    "awsrequestid",
    "ddtraceid",
    "oteltraceid",
    "mdctraceid",
    "transactionid",
    "txid",
    "invocationid",
    "executionid",
    "jobid",
    "runid",
    "taskid",
    "logginggoogleapiscomtrace",
    "trace",
];

/// Those that many calls have, of a conversation, a process or a machine, and all records of one source of a log.
pub(super) const OF_SOURCES: [&str; 14] = [
    "sessionid",
    "conversationid",
    "containerid",
    "containername",
    "podname",
    "kubernetespodname",
    "instanceid",
    "logstream",
    "logstreamname",
    "host",
    "hostname",
    "pid",
    "processid",
    "tag",
];

/// Others that many calls have, and not every record of a call.
const OF_MANY: [&str; 22] = [
    "session",
    "conversation",
    "tenant",
    "customer",
    "user",
    "correlation",
    "attempt",
    "jid",
    "worker",
    "connection",
    "conn",
    "socket",
    "pod",
    "container",
    "cid",
    "tid",
    PROCESS,
    THREAD,
    NUMBER,
    PATH,
    SPAN,
    WORD,
];

/// Those of them that tell two calls apart by a name too, in a log's words.
pub(super) const OF_PEOPLE: [&str; 3] = ["tenant", "customer", "user"];

/// Whether a name, without case and what divides its words, is one that many calls may have.
pub(super) fn is_of_many(name: &str) -> bool {
    /// Ids that are another in each record, or in each part of a call.
    const OWN: [&str; 11] = [
        "id",
        "insertid",
        "eventid",
        "messageid",
        "msgid",
        "logid",
        "recordid",
        "entryid",
        "rowid",
        "lineid",
        "docid",
    ];
    const OWN_ENDS: [&str; 6] = [
        "spanid",
        "parentid",
        "documentid",
        "sequenceid",
        "uuid",
        "guid",
    ];
    let is_own = OWN.contains(&name) || OWN_ENDS.iter().any(|end| name.ends_with(end));
    OF_SOURCES.contains(&name)
        || OF_MANY.contains(&name)
        || name.ends_with("id") && !is_own && !OF_CALLS.contains(&name)
}

/// Members that hold ids.
pub(super) const AROUND: [&str; 18] = [
    "ctx",
    "context",
    "mdc",
    "attrs",
    "attributes",
    "labels",
    "fields",
    "extra",
    "meta",
    "metadata",
    "trace",
    "dd",
    "resource",
    "kubernetes",
    "container",
    "req",
    "record",
    "span",
];
