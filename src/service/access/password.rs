//! Passwords: which will do, how they are kept, and how many are looked at at once.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use parking_lot::{Condvar, Mutex};
use subtle::ConstantTimeEq;

use jobs_error::{Error, Result};

/// How many characters a password has.
const LENGTH: std::ops::RangeInclusive<usize> = 8..=1024;

/// How many are hashed at once: each takes 19 MiB of memory and a processor.
const AT_ONCE: usize = 2;

/// How many may wait for their turn.
const WAITING: usize = 16;

/// Hashes passwords, and compares them with their hashes, a few at a time.
pub(super) struct Passwords {
    gate: Gate,
    /// What the password of an account that does not exist is held against. No password fits.
    dummy: String,
}

impl Passwords {
    pub(super) fn new() -> Result<Passwords> {
        // A hash that is made up costs as much to compare with as one that was made.
        Ok(Passwords {
            gate: Gate::default(),
            dummy: phc(&random::<16>()?, &random::<HASH>()?),
        })
    }

    /// Waits for a turn to hash something.
    ///
    /// # Errors
    ///
    /// [`Error::TooMany`] when too many wait already.
    pub(super) fn turn(&self) -> Result<Turn<'_>> {
        self.gate.enter()?;
        Ok(Turn { passwords: self })
    }

    /// The hash of a new password, in the PHC string format.
    pub(super) fn hash(&self, password: &str) -> Result<String> {
        check(password)?;
        let salt = random::<16>()?;
        let _turn = self.turn()?;
        let mut hash = [0; HASH];
        derive(password, &salt, Params::DEFAULT, &mut hash)
            .map_err(|error| Error::io("a password cannot be hashed", error))?;
        Ok(phc(&salt, &hash))
    }
}

/// The right to hash one thing.
pub(super) struct Turn<'a> {
    passwords: &'a Passwords,
}

impl Turn<'_> {
    /// Whether this is the password with that hash. Without a hash it is not, which takes as long.
    pub(super) fn is_right(&self, password: &str, hash: Option<&str>) -> bool {
        let hash = hash.and_then(|hash| match PasswordHash::new(hash) {
            Ok(hash) => Some(hash),
            Err(error) => {
                tracing::error!(%error, "the hash of a password in the database is broken");
                None
            }
        });
        let fits = |hash: &PasswordHash| fits(password, hash).unwrap_or(false);
        match hash {
            Some(hash) => fits(&hash),
            None => {
                if let Ok(dummy) = PasswordHash::new(&self.passwords.dummy) {
                    std::hint::black_box(fits(&dummy));
                }
                false
            }
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.passwords.gate.leave();
    }
}

/// How many bytes a hash has.
const HASH: usize = 32;

/// A hash with its salt and what it costs, as it is stored.
fn phc(salt: &[u8], hash: &[u8]) -> String {
    format!(
        "$argon2id$v=19$m={},t={},p={}${}${}",
        Params::DEFAULT_M_COST,
        Params::DEFAULT_T_COST,
        Params::DEFAULT_P_COST,
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(hash)
    )
}

/// Whether a password has that hash; nothing when the hash is not one of argon2id.
fn fits(password: &str, hash: &PasswordHash) -> Option<bool> {
    let is_ours = hash.algorithm.as_str() == "argon2id" && hash.version == Some(19);
    let (salt, known) = (hash.salt.as_ref()?, hash.hash.as_ref()?);
    let params = Params::try_from(&hash.params).ok()?;
    let mut computed = vec![0; known.len()];
    derive(password, salt.as_ref(), params, &mut computed).ok()?;
    Some(is_ours && bool::from(computed.ct_eq(known.as_ref())))
}

/// Argon2id, in memory of its own that the system has back at once: what is larger than this never goes to the allocator's
/// heaps, where each thread would keep its own.
fn derive(password: &str, salt: &[u8], params: Params, hash: &mut [u8]) -> argon2::Result<()> {
    const MAPPED: usize = 64 * 1024 * 1024;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let blocks = argon.params().block_count();
    let mut memory: Vec<Block> = Vec::with_capacity(blocks.max(MAPPED / Block::SIZE));
    memory.resize(blocks, Block::new());
    argon.hash_password_into_with_memory(password.as_bytes(), salt, hash, &mut memory)
}

/// Refuses a password that will not do, without telling it.
fn check(password: &str) -> Result<()> {
    let length = password.chars().count();
    let problem = match length {
        0 => "is missing".to_string(),
        _ if LENGTH.contains(&length) => return Ok(()),
        1 => "it has 1 character".to_string(),
        _ => format!("it has {length} characters"),
    };
    Err(Error::invalid("password", problem).hint(format!(
        "{} to {} characters will do",
        LENGTH.start(),
        LENGTH.end()
    )))
}

/// Random bytes that nobody can guess.
pub(super) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::io("the system has no random numbers", error))?;
    Ok(bytes)
}

/// Lets [`AT_ONCE`] in, has [`WAITING`] wait, and sends the rest away.
#[derive(Default)]
struct Gate {
    inside: Mutex<Inside>,
    left: Condvar,
}

#[derive(Default)]
struct Inside {
    inside: usize,
    waiting: usize,
}

impl Gate {
    fn enter(&self) -> Result<()> {
        let mut state = self.inside.lock();
        if state.inside >= AT_ONCE {
            if state.waiting >= WAITING {
                return Err(Error::TooMany {
                    problem: "too many passwords are being looked at".into(),
                    retry_after: 1,
                });
            }
            state.waiting += 1;
            while state.inside >= AT_ONCE {
                self.left.wait(&mut state);
            }
            state.waiting -= 1;
        }
        state.inside += 1;
        Ok(())
    }

    fn leave(&self) {
        self.inside.lock().inside -= 1;
        self.left.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_by_its_hash() {
        let passwords = Passwords::new().unwrap();
        let hash = passwords.hash("correct horse 电池").unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert_ne!(hash, passwords.hash("correct horse 电池").unwrap());
        let turn = passwords.turn().unwrap();
        assert!(turn.is_right("correct horse 电池", Some(&hash)));
        for (password, hash) in [
            ("correct horse", Some(hash.as_str())),
            ("", Some(&hash)),
            ("correct horse 电池", Some("broken")),
            ("correct horse 电池", None),
        ] {
            assert!(!turn.is_right(password, hash), "{password}");
        }
    }

    #[test]
    fn what_nobody_has_is_looked_at_in_the_same_way() {
        let passwords = Passwords::new().unwrap();
        let dummy = PasswordHash::new(&passwords.dummy).unwrap();
        let real = PasswordHash::new(&passwords.hash("correct horse").unwrap()).unwrap();
        assert_eq!(dummy.algorithm, real.algorithm);
        assert_eq!(dummy.version, real.version);
        assert_eq!(dummy.params, real.params);
        let length = |hash: &PasswordHash| hash.hash.as_ref().map(|hash| hash.len());
        assert_eq!(length(&dummy), length(&real));
        assert_eq!(fits("x", &dummy), Some(false));
    }

    #[test]
    fn which_passwords_will_do() {
        for good in [&"x".repeat(8), &"备".repeat(8), &"x".repeat(1024)] {
            assert!(check(good).is_ok(), "{}", good.len());
        }
        for (bad, why) in [
            ("", "is missing"),
            ("secret!", "has 7 characters"),
            (&"x".repeat(1025), "has 1025 characters"),
        ] {
            let error = check(bad).expect_err(bad).to_string();
            assert!(error.contains(why), "{error}");
            assert!(bad.is_empty() || !error.contains(bad), "{error}");
        }
    }

    #[test]
    fn the_gate_lets_in_a_few_and_sends_away_a_crowd() {
        let gate = Gate::default();
        gate.enter().unwrap();
        gate.enter().unwrap();
        std::thread::scope(|scope| {
            let waiting: Vec<_> = (0..WAITING).map(|_| scope.spawn(|| gate.enter())).collect();
            while gate.inside.lock().waiting < WAITING {
                std::thread::yield_now();
            }
            assert!(matches!(gate.enter(), Err(Error::TooMany { .. })));
            for _ in 0..WAITING + AT_ONCE {
                gate.leave();
                while {
                    let state = gate.inside.lock();
                    state.waiting > 0 && state.inside < AT_ONCE
                } {
                    std::thread::yield_now();
                }
            }
            for entered in waiting {
                assert!(entered.join().unwrap().is_ok());
            }
        });
        assert_eq!(gate.inside.lock().inside, 0);
    }
}
