//! One question to a server that answers with what it stored.

use tokio::time::Instant;

use super::{ANSWER, ReadError, Reading, Secret};
use crate::delivery::http::bearer;
use crate::delivery::question::{Question, says};
use crate::json::{Document, Limits};
use crate::prepare::PROJECT_HEADER;

impl Reading<'_> {
    /// Asks for what is at a path; none where there is nothing.
    pub(super) async fn get(&self, path: &str) -> Result<Option<Document>, ReadError> {
        self.ask(path, None).await
    }

    /// Posts a question.
    pub(super) async fn post(
        &self,
        path: &str,
        body: String,
    ) -> Result<Option<Document>, ReadError> {
        self.ask(path, Some(body)).await
    }

    async fn ask(&self, path: &str, body: Option<String>) -> Result<Option<Document>, ReadError> {
        let begun = Instant::now();
        let answered = self.exchange(path, body).await;
        let outcome = match &answered {
            Ok(Some(doc)) => format!("{} bytes", doc.text().len()),
            Ok(None) => "nothing there".to_owned(),
            Err(error) => error.to_string(),
        };
        let host = self.place.base_url.authority();
        tracing::debug!(host, outcome, elapsed = ?begun.elapsed(), "read back");
        answered
    }

    async fn exchange(
        &self,
        path: &str,
        body: Option<String>,
    ) -> Result<Option<Document>, ReadError> {
        let place = self.place;
        let authorization = place.secret.text().map(bearer).transpose();
        let project = place.project.as_ref();
        let question = Question {
            base_url: &place.base_url,
            path,
            body,
            authorization: authorization.map_err(|_| ReadError::Refused(String::new()))?,
            header: project.map(|project| (PROJECT_HEADER, project.as_str())),
            wait: ANSWER,
        };
        let reply = question.ask(&self.client).await?;
        if (200..300).contains(&reply.status) {
            let text = self.redacted(&reply.body?);
            let doc = Document::parse(text.trim().into(), Limits::default());
            return doc.map(Some).map_err(|_| ReadError::NotJson(says(&text)));
        }
        let says = says(&self.redacted(&reply.body.unwrap_or_default()));
        Err(match (reply.status, &place.secret) {
            (404, _) => return Ok(None),
            (401, Secret::Query(_)) => ReadError::Refused(says),
            (401, _) => ReadError::RefusedThere(says),
            (403, _) => ReadError::Forbidden(says),
            (status @ (408 | 425 | 429 | 500..=599), _) => ReadError::Busy {
                status,
                says,
                retry_after: reply.retry_after,
            },
            (status, _) => ReadError::Status { status, says },
        })
    }

    /// What came, without any trace of the key that was sent.
    fn redacted(&self, bytes: &[u8]) -> String {
        self.place
            .redacted(String::from_utf8_lossy(bytes).into_owned())
    }
}
