//! Builds missing tools, several modules at a time.

use std::{
    collections::VecDeque,
    env,
    sync::{Mutex, PoisonError},
    thread,
    time::Instant,
};

use crate::{
    Tool, ToolError,
    build::{build, is_complete},
    cache,
    modules::{MODULES, Module},
    overrides,
};

/// Builds those of the tools that are neither cached nor replaced by the environment, and returns once all exist.
///
/// `on_progress` gets one line at the start and one at the end of each build; existing tools are not mentioned.
/// Two modules are built at once also on two cores: what one leaves of them at its end, for its links, is for the other.
///
/// # Errors
/// The first failure; running builds are waited for, and no further ones are started.
pub fn ensure(tools: &[Tool], on_progress: &(dyn Fn(&str) + Sync)) -> Result<(), ToolError> {
    let missing = missing(tools)?;
    let count = missing.len();
    let queue: Mutex<VecDeque<_>> = Mutex::new(missing.into_iter().zip(1..).collect());
    let failure: Mutex<Option<ToolError>> = Mutex::new(None);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let at_once = (cores / 2).max(2).min(count);

    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                    let Some((module, number)) = next else { return };
                    let say = |text: &str| on_progress(&format!("[{number}/{count}] {text}"));
                    if let Err(error) = build_aloud(module, cores, at_once, &say) {
                        queue.lock().unwrap_or_else(PoisonError::into_inner).clear();
                        failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                    }
                }
            });
        }
    });
    failure.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

/// The modules that have to be built for the tools, in the table's order.
fn missing(tools: &[Tool]) -> Result<Vec<&'static Module>, ToolError> {
    let mut wanted = Vec::new();
    for &tool in tools {
        if overrides::find(tool, |name| env::var_os(name))?.is_none() {
            wanted.push(Module::of(tool).folder);
        }
    }
    let mut missing = Vec::new();
    for module in MODULES.iter().filter(|module| wanted.contains(&module.folder)) {
        if !is_complete(module, &cache::home(module)?) {
            missing.push(module);
        }
    }
    Ok(missing)
}

fn build_aloud(module: &Module, cores: usize, at_once: usize, say: &dyn Fn(&str)) -> Result<(), ToolError> {
    let title = module.title()?;
    let start = Instant::now();
    let own_cores = u32::try_from(cores / at_once).unwrap_or(u32::MAX);
    let minutes = (module.minutes * 2).div_ceil(own_cores.clamp(1, 4));
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    let cores = if cores == 1 { "1 core".to_owned() } else { format!("{cores} cores") };
    say(&format!("{title}: building … (about {minutes} {unit} on {cores})"));
    build(module, || {
        say(&format!("{title}: another process builds it; waiting …"));
    })?;
    say(&format!("{title}: ready after {} s", start.elapsed().as_secs()));
    Ok(())
}
