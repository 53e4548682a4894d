//! `Hello [NAME]`: prints a greeting.

use super::{Call, Failure};

/// Greets the given names together, else the world.
pub(super) fn run(call: &mut Call<'_>) -> Result<(), Failure> {
    let names: Vec<&str> = call
        .args
        .iter()
        .map(|name| name.trim())
        .filter(|name| !name.is_empty())
        .collect();
    let whom = if names.is_empty() {
        "world".to_owned()
    } else {
        names.join(", ")
    };
    writeln!(call.out, "Hello, {whom}!")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::prints;
    use super::*;

    #[test]
    fn hello_greets_by_name() {
        for (args, greeting) in [
            (&["张三"][..], "Hello, 张三!\n"),
            (&["Zhang San"], "Hello, Zhang San!\n"),
            (&["张三", "李四"], "Hello, 张三, 李四!\n"),
            (&[""], "Hello, world!\n"),
            (&[], "Hello, world!\n"),
        ] {
            assert_eq!(prints(run, args), greeting, "{args:?}");
        }
    }
}
