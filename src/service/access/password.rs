//! Passwords: length rules, Argon2id hashes, and the limit on hashes computed at the same time.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use parking_lot::{Condvar, Mutex};
use subtle::ConstantTimeEq;

use jobs_error::{Error, Result};

/// The allowed number of characters of a password.
const LENGTH: std::ops::RangeInclusive<usize> = 8..=1024;

/// Upper bound on hashes computed at the same time: each takes 19 MiB of memory and one processor.
const AT_ONCE: usize = 2;

/// Upper bound on threads that wait for a permit.
const WAITING: usize = 16;

/// Hashes passwords and compares them with stored hashes, at most [`AT_ONCE`] at the same time.
pub(super) struct Passwords {
    semaphore: Semaphore,
    /// A random hash that no password has. A login to an unknown account is compared with it, so that it takes as long as a
    /// login to a known one.
    dummy: String,
}

impl Passwords {
    pub(super) fn new() -> Result<Passwords> {
        // Comparing with a random hash costs as much as with the hash of a password.
        Ok(Passwords {
            semaphore: Semaphore::default(),
            dummy: phc(&random::<16>()?, &random::<HASH>()?),
        })
    }

    /// Waits for a permit to hash.
    ///
    /// # Errors
    ///
    /// [`Error::TooMany`] when too many wait already.
    pub(super) fn permit(&self) -> Result<Permit<'_>> {
        self.semaphore.acquire()?;
        Ok(Permit { passwords: self })
    }

    /// The hash of a new password, in the PHC string format.
    pub(super) fn hash(&self, password: &str) -> Result<String> {
        check(password)?;
        let salt = random::<16>()?;
        let _permit = self.permit()?;
        let mut hash = [0; HASH];
        derive(password, &salt, Params::DEFAULT, &mut hash)
            .map_err(|error| Error::io("a password cannot be hashed", error))?;
        Ok(phc(&salt, &hash))
    }
}

/// The permit to compute one hash at a time. Dropping it frees it.
pub(super) struct Permit<'a> {
    passwords: &'a Passwords,
}

impl Permit<'_> {
    /// Whether the password has that hash. Without a hash the answer is `false`, after the same time.
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

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.passwords.semaphore.release();
    }
}

/// The length of a hash in bytes.
const HASH: usize = 32;

/// The stored form of a hash: algorithm, cost parameters, salt and hash (PHC string format).
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

/// Whether a password has that hash. `None` when the parameters of the hash cannot be used.
fn fits(password: &str, hash: &PasswordHash) -> Option<bool> {
    let is_ours = hash.algorithm.as_str() == "argon2id" && hash.version == Some(19);
    let (salt, known) = (hash.salt.as_ref()?, hash.hash.as_ref()?);
    let params = Params::try_from(&hash.params).ok()?;
    let mut computed = vec![0; known.len()];
    derive(password, salt.as_ref(), params, &mut computed).ok()?;
    Some(is_ours && bool::from(computed.ct_eq(known.as_ref())))
}

/// Computes an Argon2id hash. Its memory is returned to the system at once: the allocator maps a block of this size
/// separately, while a smaller one would stay in the heap of each thread.
fn derive(password: &str, salt: &[u8], params: Params, hash: &mut [u8]) -> argon2::Result<()> {
    const MAPPED: usize = 64 * 1024 * 1024;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let blocks = argon.params().block_count();
    let mut memory: Vec<Block> = Vec::with_capacity(blocks.max(MAPPED / Block::SIZE));
    memory.resize(blocks, Block::new());
    argon.hash_password_into_with_memory(password.as_bytes(), salt, hash, &mut memory)
}

/// Refuses a password of the wrong length. The message does not contain the password.
fn check(password: &str) -> Result<()> {
    let length = password.chars().count();
    let problem = match length {
        0 => "is missing".to_string(),
        _ if LENGTH.contains(&length) => return Ok(()),
        1 => "it has 1 character".to_string(),
        _ => format!("it has {length} characters"),
    };
    Err(Error::invalid("password", problem).hint(format!(
        "a password has {} to {} characters",
        LENGTH.start(),
        LENGTH.end()
    )))
}

/// Cryptographically secure random bytes.
pub(super) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::io("the system has no random numbers", error))?;
    Ok(bytes)
}

/// A semaphore with [`AT_ONCE`] permits. At most [`WAITING`] threads wait for one; further ones are refused.
#[derive(Default)]
struct Semaphore {
    usage: Mutex<Usage>,
    freed: Condvar,
}

#[derive(Default)]
struct Usage {
    held: usize,
    waiting: usize,
}

impl Semaphore {
    fn acquire(&self) -> Result<()> {
        let mut state = self.usage.lock();
        if state.held >= AT_ONCE {
            if state.waiting >= WAITING {
                return Err(Error::TooMany {
                    problem: "too many logins are being checked".into(),
                    retry_after: 1,
                });
            }
            state.waiting += 1;
            while state.held >= AT_ONCE {
                self.freed.wait(&mut state);
            }
            state.waiting -= 1;
        }
        state.held += 1;
        Ok(())
    }

    fn release(&self) {
        self.usage.lock().held -= 1;
        self.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_right_and_wrong_passwords_are_told_apart() {
        let passwords = Passwords::new().unwrap();
        let hash = passwords.hash("correct horse 电池").unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert_ne!(hash, passwords.hash("correct horse 电池").unwrap());
        let permit = passwords.permit().unwrap();
        assert!(permit.is_right("correct horse 电池", Some(&hash)));
        for (password, hash) in [
            ("correct horse", Some(hash.as_str())),
            ("", Some(&hash)),
            ("correct horse 电池", Some("broken")),
            ("correct horse 电池", None),
        ] {
            assert!(!permit.is_right(password, hash), "{password}");
        }
    }

    #[test]
    fn dummy_hash_costs_as_much_as_a_real_hash() {
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
    fn check_wrong_length_is_refused_without_the_password() {
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
    fn permits_full_queue_refuses() {
        let semaphore = Semaphore::default();
        semaphore.acquire().unwrap();
        semaphore.acquire().unwrap();
        std::thread::scope(|scope| {
            let waiting: Vec<_> = (0..WAITING)
                .map(|_| scope.spawn(|| semaphore.acquire()))
                .collect();
            while semaphore.usage.lock().waiting < WAITING {
                std::thread::yield_now();
            }
            assert!(matches!(semaphore.acquire(), Err(Error::TooMany { .. })));
            for _ in 0..WAITING + AT_ONCE {
                semaphore.release();
                while {
                    let state = semaphore.usage.lock();
                    state.waiting > 0 && state.held < AT_ONCE
                } {
                    std::thread::yield_now();
                }
            }
            for acquired in waiting {
                assert!(acquired.join().unwrap().is_ok());
            }
        });
        assert_eq!(semaphore.usage.lock().held, 0);
    }
}
