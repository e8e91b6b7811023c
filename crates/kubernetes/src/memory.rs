//! What the parts of this crate remember with a client, for all operations of a run: each part has a type of its own for that.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// One value of each type.
#[derive(Default)]
pub(super) struct Memory(Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Memory {
    /// The value of this type, which is made when it is first needed.
    pub(super) fn of<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        // Whole after a panic too: the only change is one insertion.
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let value = Arc::clone(values.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default())));
        // A value is under its own type.
        value.downcast().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn each_part_has_one_value_of_its_own() {
        #[derive(Default)]
        struct Other(AtomicU32);
        let memory = Memory::default();
        memory.of::<AtomicU32>().store(3, Ordering::Relaxed);
        assert_eq!(memory.of::<AtomicU32>().load(Ordering::Relaxed), 3);
        assert_eq!(memory.of::<Other>().0.load(Ordering::Relaxed), 0);
    }
}
