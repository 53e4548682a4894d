//! The body of an answer as a client receives it, piece by piece: read by [`Reader`], and reported when it ends.

use std::io::Write;

use hyper::header::{self, HeaderName};
use hyper::http::response::Parts;

use super::body::{Fault, Reader, Reading, Summary};
use super::problem::{BodyFault, Problem};
use super::progress::{Progress, Stage};

/// Facts about the body of an answer, read from its head.
pub(super) struct About {
    content_type: Option<String>,
    is_gzip: bool,
    /// The `Content-Length`, if the body is not packed: else it is not the length of its text.
    announced: Option<u64>,
}

impl About {
    pub(super) fn of(head: &Parts) -> About {
        let text = |name: HeaderName| {
            let value = head.headers.get(name)?;
            Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let is_gzip = text(header::CONTENT_ENCODING).is_some_and(|codings| is_gzip(&codings));
        About {
            content_type: text(header::CONTENT_TYPE),
            is_gzip,
            announced: text(header::CONTENT_LENGTH)
                .and_then(|length| length.parse().ok())
                .filter(|_| !is_gzip),
        }
    }
}

/// Whether a body is packed by gzip, which old servers call `x-gzip`. `identity` is no coding.
fn is_gzip(codings: &str) -> bool {
    let codings = codings.split(',').map(str::trim);
    let mut codings = codings.filter(|coding| !coding.eq_ignore_ascii_case("identity"));
    let is_gzip = |coding: &str| {
        ["gzip", "x-gzip"]
            .iter()
            .any(|name| coding.eq_ignore_ascii_case(name))
    };
    codings.next().is_some_and(is_gzip) && codings.next().is_none()
}

/// Takes the pieces of a body.
pub(super) struct Receiver<'a> {
    reader: Reader<'a>,
    announced: Option<u64>,
}

impl<'a> Receiver<'a> {
    /// The text goes to `out` as it comes, at most `kept_max` bytes of it; 0 is no limit. `wanted` is looked for in all of it.
    pub(super) fn new(
        about: &'a About,
        wanted: Option<&'a str>,
        kept_max: u64,
        out: &'a mut (dyn Write + Send),
    ) -> Receiver<'a> {
        let reading = Reading {
            content_type: about.content_type.as_deref(),
            is_gzip: about.is_gzip,
            wanted,
            kept_max,
        };
        Receiver {
            reader: Reader::new(reading, out),
            announced: about.announced,
        }
    }

    /// How far the body has come.
    pub(super) fn stage(&self, from: &str) -> Stage {
        Stage::ReadingBody {
            from: from.to_string(),
            received: self.reader.bytes(),
        }
    }

    /// Takes the next piece. After a fault only [`Receiver::finish`] may follow.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<Option<BodyFault>, Problem> {
        body_fault(self.reader.push(piece))
    }

    /// No more pieces come. `fault` is the reason if the body is not whole.
    pub(super) fn finish(
        self,
        fault: Option<BodyFault>,
        from: &str,
        progress: &mut Progress,
        log: &mut impl Write,
    ) -> Result<Summary, Problem> {
        let (body, finished) = self.reader.finish(fault.is_none());
        progress.stage = Stage::ReadingBody {
            from: from.to_string(),
            received: body.bytes,
        };
        progress.log_times(log)?;
        if body.is_cut {
            writeln!(
                log,
                "* {} bytes of the body are shown (`jobs.http_response_max_bytes`)",
                body.kept
            )?;
        }
        let fault = match fault {
            Some(fault) => Some(fault),
            None => body_fault(finished)?,
        };
        match fault {
            Some(fault) => Err(Problem::Body {
                from: from.to_string(),
                received: body.bytes,
                announced: self.announced,
                fault,
            }),
            None => Ok(body),
        }
    }
}

/// The fault of the body, or the problem that the output takes no more.
fn body_fault(done: Result<(), Fault>) -> Result<Option<BodyFault>, Problem> {
    match done {
        Ok(()) => Ok(None),
        Err(Fault::Gzip(error)) => Ok(Some(BodyFault::Gzip(error))),
        Err(Fault::Output(error)) => Err(Problem::Output(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_known_by_its_names() {
        for (codings, expected) in [
            ("gzip", true),
            ("x-gzip", true),
            ("GZIP", true),
            (" gzip ", true),
            ("gzip, identity", true),
            ("identity, X-Gzip", true),
            ("", false),
            ("identity", false),
            ("br", false),
            ("gzip, br", false),
            ("gzip2", false),
        ] {
            assert_eq!(is_gzip(codings), expected, "{codings:?}");
        }
    }
}
