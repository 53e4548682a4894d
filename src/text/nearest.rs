//! The word that was probably meant by a mistyped one.

/// The candidate with the fewest typing errors (letters added, left out or replaced, whatever their case), if they are few:
/// one for each three letters of the word, at most four.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (word.chars().count() / 3).clamp(1, 4);
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            let errors = strsim::levenshtein(&word, &candidate.to_lowercase());
            (errors, candidate)
        })
        .filter(|(errors, _)| *errors <= allowed)
        .min_by_key(|(errors, _)| *errors)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_word_has_few_typing_errors() {
        let known = ["restart_delay", "max_restarts", "stop_grace", "port"];
        for (word, expected) in [
            ("restart_dely", Some("restart_delay")),
            ("STOP_GRACE", Some("stop_grace")),
            ("prot", None),
            ("por", Some("port")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), expected, "{word}");
        }
    }
}
