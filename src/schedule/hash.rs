//! The value of `H`: derived from the job's name, spread evenly, and identical in all versions of the program.

/// The hash of a name: 64-bit FNV-1a followed by the finalizer of MurmurHash3. FNV alone puts the names of a series
/// (`job-1`, `job-2`, ...) close together.
pub(super) fn of(name: &str) -> u64 {
    mix(name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    }))
}

/// A number below `end`, which is not 0. Each `salt` gives another number.
pub(super) fn below(end: u32, seed: u64, salt: u64) -> u32 {
    let spread = mix(seed ^ salt.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    // Take the high half of the product: the bias of a value is below one in four billion.
    let scaled = (u128::from(spread) * u128::from(end)) >> 64;
    u32::try_from(scaled).unwrap_or(0)
}

fn mix(mut hash: u64) -> u64 {
    for factor in [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53] {
        hash = (hash ^ (hash >> 33)).wrapping_mul(factor);
    }
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_of_names_never_changes() {
        let table = [
            ("backup", 60, 1),
            ("backup", 24, 2),
            ("备份", 60, 1),
            ("", 60, 1),
        ];
        let found = table.map(|(name, end, salt)| below(end, of(name), salt));
        // A change of these values moves the runs of every user's jobs.
        assert_eq!(found, [49, 1, 17, 52]);
    }

    #[test]
    fn hash_of_name_series_is_spread_evenly() {
        for names in [
            (0..6_000)
                .map(|number| format!("job-{number}"))
                .collect::<Vec<_>>(),
            (0..6_000)
                .map(|number| format!("{number:04x}.backup"))
                .collect(),
        ] {
            let mut minutes = [0u32; 60];
            for name in &names {
                minutes[below(60, of(name), 1) as usize] += 1;
            }
            // 100 each on average; 5 standard deviations are 50.
            assert!(
                minutes.iter().all(|count| (50..=150).contains(count)),
                "{minutes:?}"
            );
        }
    }
}
