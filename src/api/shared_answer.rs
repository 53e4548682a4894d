//! An answer that transports share: the value, and the JSON texts that were made from it, each once.

use std::sync::{Arc, OnceLock};

use super::Answer;

/// A longer text is not kept, in bytes: it is made anew for who wants it again.
const LONGEST: usize = 64 * 1024;

/// An answer to a call. Cheap to clone; every clone has the same texts.
#[derive(Clone, Debug)]
pub struct SharedAnswer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    answer: Answer,
    texts: [OnceLock<Arc<[u8]>>; 5],
}

/// The JSON form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The answer and nothing else.
    Bare,
    /// With something around it.
    Enveloped,
    /// With something around it that tells of a page, too.
    Page,
    /// As `Enveloped`, for clients of the original system.
    CompatibleEnveloped,
    /// As `Page`, for clients of the original system.
    CompatiblePage,
}

impl SharedAnswer {
    /// The answer itself.
    pub fn answer(&self) -> &Answer {
        &self.0.answer
    }

    /// The text of it in that form, which `write` makes unless it was made before.
    ///
    /// # Errors
    ///
    /// Those of `write`.
    pub fn text<E>(
        &self,
        form: Form,
        write: impl FnOnce(&Answer) -> Result<Vec<u8>, E>,
    ) -> Result<Arc<[u8]>, E> {
        let kept = match form {
            Form::Bare => &self.0.texts[0],
            Form::Enveloped => &self.0.texts[1],
            Form::Page => &self.0.texts[2],
            Form::CompatibleEnveloped => &self.0.texts[3],
            Form::CompatiblePage => &self.0.texts[4],
        };
        if let Some(text) = kept.get() {
            return Ok(text.clone());
        }
        let text: Arc<[u8]> = write(&self.0.answer)?.into();
        if text.len() <= LONGEST {
            return Ok(kept.get_or_init(|| text).clone());
        }
        Ok(text)
    }
}

impl From<Answer> for SharedAnswer {
    fn from(answer: Answer) -> SharedAnswer {
        let texts = Default::default();
        SharedAnswer(Arc::new(Inner { answer, texts }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Done;

    fn write(text: usize, written: &mut usize) -> Result<Vec<u8>, ()> {
        *written += 1;
        Ok(vec![b'x'; text])
    }

    #[test]
    fn shared_answer_makes_its_text_once() {
        for (text, expected) in [(LONGEST, 2), (LONGEST + 1, 4)] {
            let answered = SharedAnswer::from(Answer::Shutdown(Box::new(Done {})));
            let mut written = 0;
            for form in [Form::Bare, Form::Page, Form::Bare, Form::Page] {
                let made = answered.clone().text(form, |_| write(text, &mut written));
                assert_eq!(made.map(|text| text.len()), Ok(text));
            }
            assert_eq!(written, expected, "{text}");
        }
    }
}
