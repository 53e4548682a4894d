//! Reads a part of an output file with its secrets masked. Which bytes are masked depends on the output alone, never on the
//! offset at which a caller begins.

use jobs_error::Result;
use jobs_mask::{Edges, Secrets};
use jobs_model::ExecId;
use jobs_output::{Chunk, Outputs, Stream};

/// The output around a part, by which the secrets in the part are found, is read in steps of this number of bytes. At least
/// one whole step before the part and one behind it is read.
const STEP: u64 = 16 * 1024;

/// A stream of an execution whose output is in a file.
pub(super) struct StreamPart<'a> {
    pub outputs: &'a Outputs,
    pub exec_id: ExecId,
    pub stream: Stream,
    /// Whether the execution has ended, so that the output does not grow.
    pub is_final: bool,
    /// How many bytes an execution that has ended has printed. A shorter file has lost its end.
    pub total: u64,
}

/// The output before a part.
struct Before {
    bytes: Vec<u8>,
    /// Bytes before these were removed.
    is_begin_lost: bool,
}

/// The output behind a part.
struct After {
    bytes: Vec<u8>,
    /// Bytes after these were removed.
    is_end_lost: bool,
    /// The stream has nothing more yet.
    is_end: bool,
}

impl StreamPart<'_> {
    /// Reads at most `most` bytes from `offset` on, with secrets masked.
    pub(super) fn read(&self, offset: u64, most: usize, secrets: &Secrets) -> Result<Chunk> {
        let mut chunk = self.outputs.read(self.exec_id, self.stream, offset, most)?;
        if chunk.bytes.is_empty() {
            return Ok(chunk);
        }
        let begin = chunk.next - chunk.bytes.len() as u64;
        let step = STEP.max((secrets.longest() as u64).next_multiple_of(STEP));
        let before = match chunk.cut {
            // The part begins behind the removed middle.
            Some(_) => Before {
                bytes: Vec::new(),
                is_begin_lost: true,
            },
            None => self.before(begin, (begin / step).saturating_sub(1) * step)?,
        };
        let after = self.after(chunk.next, usize::try_from(step).unwrap_or(most))?;
        let mut all = before.bytes;
        let start = all.len();
        all.append(&mut chunk.bytes);
        let mut end = all.len();
        all.extend_from_slice(&after.bytes);
        if after.is_end && !self.is_final {
            // The end may be the beginning of a secret. Leave it for the next part, so that the secret is masked as a whole.
            let shown = all.len() - secrets.held_back(&all);
            end = end.min(shown).max(start);
        }
        let edges = Edges {
            is_begin_lost: before.is_begin_lost,
            is_end_lost: after.is_end_lost,
        };
        secrets.hide_part(&mut all, edges);
        all.truncate(end);
        all.drain(..start);
        Ok(Chunk {
            next: begin + all.len() as u64,
            bytes: all,
            cut: chunk.cut,
            lost: 0,
        })
    }

    /// The output from `from` up to `to`, or what is left of it.
    fn before(&self, to: u64, from: u64) -> Result<Before> {
        let mut before = Before {
            bytes: Vec::new(),
            is_begin_lost: false,
        };
        let mut at = from;
        while at < to {
            let most = usize::try_from(to - at).unwrap_or(usize::MAX);
            let chunk = self.outputs.read(self.exec_id, self.stream, at, most)?;
            let begin = chunk.next - chunk.bytes.len() as u64;
            if chunk.bytes.is_empty() || begin > at || chunk.next > to {
                // The middle of the stream was removed between.
                before.bytes.clear();
                before.is_begin_lost = true;
            }
            if chunk.bytes.is_empty() || begin >= to {
                return Ok(before);
            }
            let length = usize::try_from(to - begin).unwrap_or(usize::MAX);
            before.bytes.extend(chunk.bytes.iter().take(length));
            at = chunk.next;
        }
        Ok(before)
    }

    fn after(&self, from: u64, most: usize) -> Result<After> {
        let chunk = self.outputs.read(self.exec_id, self.stream, from, most)?;
        let is_cut = chunk.cut.is_some();
        let bytes = if is_cut { Vec::new() } else { chunk.bytes };
        let is_short = self.is_final
            && bytes.len() < most
            && from.saturating_add(bytes.len() as u64) < self.total;
        Ok(After {
            is_end: !is_cut && bytes.len() < most,
            bytes,
            is_end_lost: is_cut || is_short,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jobs_output::Outputs;

    /// Output of about 40 KiB with secrets that cross every step.
    fn output() -> Vec<u8> {
        let mut text = String::new();
        let mut index = 0;
        while text.len() < 40 * 1024 {
            index += 1;
            text += &format!(
                "line {index} the value is ZqKnownZqKnown ok PASSWORD=Zq{index}Zq {}\npg://u:Zq{index}@h/ glpat-Zq345678901234567890\n",
                "x".repeat(index % 700)
            );
        }
        text += "-----BEGIN PRIVATE KEY-----\n";
        for _ in 0..40 {
            text += "Zq0123456789ABCDEFabcdef0123456789ABCDEFabcdefZq\n";
        }
        text += "-----END PRIVATE KEY-----\nend\n";
        text.into_bytes()
    }

    #[test]
    fn part_from_any_offset_is_the_same_masked_output() {
        let folder = tempfile::tempdir().unwrap();
        let outputs = Outputs::open(folder.path().to_path_buf(), 1 << 30).unwrap();
        let bytes = output();
        std::fs::write(folder.path().join("7.out"), &bytes).unwrap();
        let secrets = Secrets::new(["ZqKnownZqKnown".to_string()]);
        let mut whole = bytes.clone();
        secrets.hide(&mut whole);
        assert!(!whole.windows(2).any(|pair| pair == b"Zq"));
        for is_final in [true, false] {
            let part = StreamPart {
                outputs: &outputs,
                exec_id: 7,
                stream: Stream::Out,
                is_final,
                total: 0,
            };
            for offset in (0..bytes.len())
                .step_by(4999)
                .chain((bytes.len() - 3000..bytes.len()).step_by(61))
            {
                for most in [1, 256 * 1024] {
                    let chunk = part.read(offset as u64, most, &secrets).unwrap();
                    let end = offset + chunk.bytes.len();
                    assert_eq!(chunk.next, end as u64);
                    assert_eq!(chunk.bytes, whole[offset..end], "{offset} {most}");
                }
            }
        }
    }

    #[test]
    fn growing_output_shows_no_secret_wherever_it_stops() {
        let folder = tempfile::tempdir().unwrap();
        let outputs = Outputs::open(folder.path().to_path_buf(), 1 << 30).unwrap();
        let secrets = Secrets::new(["ZqKnownZqKnown".to_string()]);
        let text = "a ZqKnownZqKnown b\npg://u:Zq45Zq@h/ c\nPASSWORD=Zq1Zq d\nCookie: a=Zq; b=Zq\n{\"tokens\": [\"Zq1\",\n\"Zq2\"]}\n";
        let path = folder.path().join("8.out");
        let part = |is_final| StreamPart {
            outputs: &outputs,
            exec_id: 8,
            stream: Stream::Out,
            is_final,
            total: 0,
        };
        for step in 1..9 {
            let mut shown = Vec::new();
            for end in (0..=text.len()).step_by(step).chain([text.len()]) {
                std::fs::write(&path, &text[..end]).unwrap();
                let is_final = end == text.len();
                let chunk = part(is_final)
                    .read(shown.len() as u64, 1000, &secrets)
                    .unwrap();
                shown.extend(chunk.bytes);
            }
            let shown = String::from_utf8(shown).unwrap();
            assert_eq!(shown.len(), text.len(), "{step}");
            assert!(!shown.contains("Zq"), "{step}: {shown}");
        }
    }
}
