//! The place of a value inside an object.

/// A place inside an object, from the root down. Sets cannot be stepped into: a path to an element ends at the set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AttributePath(Vec<Step>);

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Into an attribute or block of an object.
    Attribute(String),
    /// To the element of a map.
    Key(String),
    /// To the element of a list or tuple.
    Index(i64),
}

impl AttributePath {
    /// The object itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// An attribute of the root object.
    pub fn attribute(name: impl Into<String>) -> Self {
        Self(vec![Step::Attribute(name.into())])
    }

    /// One step further down.
    #[must_use]
    pub fn then(mut self, step: Step) -> Self {
        self.0.push(step);
        self
    }

    /// The same path, seen from one step further up.
    #[must_use]
    pub fn inside(mut self, step: Step) -> Self {
        self.0.insert(0, step);
        self
    }

    /// The steps, from the root down.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }
}

impl std::fmt::Display for AttributePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => write!(f, "{name}")?,
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Key(key) => write!(f, "[{key:?}]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
