//! Commands on the work of jobs: the environment of a command, the built-in functions.

use super::out::{Highlight, Out};
use super::{Context, DONE, text};
use jobs_api::{Env, Functions};

pub fn env(context: &Context, request: &Env, out: &mut Out) -> anyhow::Result<i32> {
    let environment = context.client()?.call(request)?;
    if out.wants_json() {
        out.data(&environment)?;
        return Ok(DONE);
    }
    for variable in &environment.variables {
        out.line(&format!(
            "{}={}",
            text::visible(&variable.name),
            text::visible(&variable.value)
        ))?;
    }
    Ok(DONE)
}

pub fn functions(context: &Context, out: &mut Out) -> anyhow::Result<i32> {
    let functions = context.client()?.call(&Functions::default())?;
    if out.wants_json() {
        out.data(&functions)?;
        return Ok(DONE);
    }
    for function in &functions {
        let name = out.paint(Highlight::Good, &format!("{:<9}", function.name));
        out.line(&format!("{name} {}", function.description))?;
        out.line(&format!(
            "          {} {}",
            function.name, function.parameters
        ))?;
        let example = format!("          such as {}", function.example);
        out.line(&out.paint(Highlight::Dim, &example))?;
    }
    Ok(DONE)
}
