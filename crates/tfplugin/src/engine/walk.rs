//! The one walk over values and their schema. Only here is decided where objects are nested: in attributes and
//! blocks, as single objects, in lists by index, in maps by key, and in sets. The engine's transforms and
//! checks are visitors of it.

use std::{collections::BTreeSet, iter::successors};

use super::object::{self, Object};
use crate::{
    path::{AttributePath, Step},
    schema::{AttributeSchema, NestedBlock, Nesting},
    value::{Data, Value},
};

/// What a visitor does with an attribute or block.
pub(crate) enum Action {
    /// Visit the objects nested in it, if there are any.
    Descend,
    /// Leave it as it is.
    Keep,
    /// Put this value in its place.
    Substitute(Value),
}

/// A transform or a check of values that are walked together, such as planned, config, and prior. A transform
/// changes the first.
pub(crate) trait Visitor<const N: usize> {
    /// Whether to visit the members of an object.
    fn object(&mut self, node: &Node<'_, N>) -> bool {
        node.values[0].as_known().is_some()
    }

    /// Visits an attribute.
    fn attribute(&mut self, attribute: &AttributeSchema, node: &Node<'_, N>) -> Action;

    /// Visits the blocks of one name.
    fn block(&mut self, _nested: &NestedBlock, _node: &Node<'_, N>) -> Action {
        Action::Descend
    }

    /// Whether to visit the elements of a collection: as many as the longest has, and the keys of all.
    fn elements(&mut self, _nesting: Nesting, _node: &Node<'_, N>) -> bool {
        true
    }

    /// Visits a set, and returns it if it changes. Only a visitor can find which elements of several sets belong
    /// together: the default is for a single set.
    fn set(&mut self, object: Object<'_>, node: &Node<'_, N>) -> Option<Value>
    where
        Self: Sized,
    {
        walk_all(object, node.elements(Inside::Set), self)
    }
}

/// What the values have at one place: null where one has nothing there, unknown inside of what is unknown.
pub(crate) struct Node<'a, const N: usize> {
    pub(crate) values: [&'a Value; N],
    outer: Option<(&'a Self, Inside<'a>)>,
}

/// Which part of the outer node a node is.
#[derive(Clone, Copy)]
enum Inside<'a> {
    Member(&'a str),
    Key(&'a str),
    Index(usize),
    Set(usize),
}

impl<const N: usize> Node<'_, N> {
    /// The nearest place that the protocol can name: a path ends at a set, since its elements have no names.
    pub(crate) fn path(&self) -> AttributePath {
        let (mut path, mut node) = (AttributePath::root(), self);
        while let Some((outer, inside)) = node.outer {
            path = match inside {
                Inside::Member(name) => path.inside(Step::Attribute(name.to_owned())),
                Inside::Key(key) => path.inside(Step::Key(key.to_owned())),
                Inside::Index(index) => path.inside(Step::Index(i64::try_from(index).unwrap_or(i64::MAX))),
                Inside::Set(_) => AttributePath::root(),
            };
            node = outer;
        }
        path
    }

    /// The place of something inside the value here, as far as the protocol can name it.
    pub(crate) fn path_to(&self, inside: impl IntoIterator<Item = Step>) -> AttributePath {
        let is_in_set = successors(Some(self), |node| Some(node.outer?.0))
            .any(|node| matches!(node.outer, Some((_, Inside::Set(_)))));
        inside.into_iter().filter(|_| !is_in_set).fold(self.path(), AttributePath::then)
    }

    fn member<'a>(&'a self, name: &'a str, inside: Inside<'a>) -> Node<'a, N> {
        Node { values: self.values.map(|value| value.member(name)), outer: Some((self, inside)) }
    }

    /// The elements by index, to the end of the longest value.
    fn elements<'a>(&'a self, inside: fn(usize) -> Inside<'a>) -> impl Iterator<Item = Node<'a, N>> {
        let length = self.values.into_iter().map(|value| object::sequence(value).len()).max();
        (0..length.unwrap_or_default()).map(move |index| Node {
            values: self.values.map(|value| object::element(value, index)),
            outer: Some((self, inside(index))),
        })
    }

    /// Puts a changed part into a copy of what it is a part of.
    fn put(&self, part: Option<Value>, copy: &mut Option<Value>) {
        let (Some(part), Some((outer, inside))) = (part, self.outer) else { return };
        match (copy.get_or_insert_with(|| outer.values[0].clone()), inside) {
            (Value::Known(Data::Mapping(members)), Inside::Member(name) | Inside::Key(name)) => {
                members.insert(name.to_owned(), part);
            }
            (Value::Known(Data::Sequence(elements)), Inside::Index(index) | Inside::Set(index))
                if index < elements.len() =>
            {
                elements[index] = part;
            }
            _ => {}
        }
    }
}

/// Visits an object and all that is nested in it. Returns the first value if it changes.
pub(crate) fn walk<const N: usize>(
    object: Object<'_>,
    values: [&Value; N],
    visitor: &mut impl Visitor<N>,
) -> Option<Value> {
    walk_object(object, &Node { values, outer: None }, visitor)
}

/// Visits the elements of the first set, each with the values that `find` returns for it. An element for which
/// it returns none stays as it is.
pub(crate) fn walk_set<'a, const N: usize>(
    object: Object<'_>,
    node: &Node<'a, N>,
    visitor: &mut impl Visitor<N>,
    mut find: impl FnMut(&'a Value) -> Option<[&'a Value; N]>,
) -> Option<Value> {
    let elements = object::sequence(node.values[0]).iter().enumerate().filter_map(|(index, element)| {
        Some(Node { values: find(element)?, outer: Some((node, Inside::Set(index))) })
    });
    walk_all(object, elements, visitor)
}

fn walk_all<'a, const N: usize>(
    object: Object<'_>,
    elements: impl Iterator<Item = Node<'a, N>>,
    visitor: &mut impl Visitor<N>,
) -> Option<Value> {
    let mut copy = None;
    for element in elements {
        element.put(walk_object(object, &element, visitor), &mut copy);
    }
    copy
}

fn walk_object<const N: usize>(
    object: Object<'_>,
    node: &Node<'_, N>,
    visitor: &mut impl Visitor<N>,
) -> Option<Value> {
    if !visitor.object(node) {
        return None;
    }
    let mut copy = None;
    for attribute in object.attributes {
        let member = node.member(attribute.name, Inside::Member(attribute.name));
        let action = visitor.attribute(attribute, &member);
        member.put(walk_member(action, object::nested(attribute), &member, visitor), &mut copy);
    }
    for nested in object.blocks {
        let member = node.member(nested.name, Inside::Member(nested.name));
        let action = visitor.block(nested, &member);
        let blocks = Some((nested.nesting, Object::from(&nested.block)));
        member.put(walk_member(action, blocks, &member, visitor), &mut copy);
    }
    copy
}

fn walk_member<const N: usize>(
    action: Action,
    nested: Option<(Nesting, Object<'_>)>,
    node: &Node<'_, N>,
    visitor: &mut impl Visitor<N>,
) -> Option<Value> {
    let (nesting, object) = match action {
        Action::Substitute(value) => return Some(value),
        Action::Keep => return None,
        Action::Descend => nested?,
    };
    match nesting {
        Nesting::Single => walk_object(object, node, visitor),
        _ if !visitor.elements(nesting, node) => None,
        Nesting::Set => visitor.set(object, node),
        Nesting::List => walk_all(object, node.elements(Inside::Index), visitor),
        Nesting::Map => {
            let keys: BTreeSet<&str> = node.values.into_iter().flat_map(object::keys).collect();
            walk_all(object, keys.into_iter().map(|key| node.member(key, Inside::Key(key))), visitor)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::testing::{block, object, objects, sequence, text, word},
        schema::Presence,
    };

    /// Records every attribute and whether its values are the same; puts `new` in the place of `old`.
    #[derive(Default)]
    struct Recorder(Vec<String>);

    impl Visitor<2> for Recorder {
        fn object(&mut self, _node: &Node<'_, 2>) -> bool {
            true
        }

        fn attribute(&mut self, _attribute: &AttributeSchema, node: &Node<'_, 2>) -> Action {
            let [first, second] = node.values;
            self.0.push(format!("{} {}", node.path(), first == second));
            if *first == word("old") { Action::Substitute(word("new")) } else { Action::Descend }
        }
    }

    #[track_caller]
    fn check(nesting: Nesting, values: [Value; 2], expected: &[&str], changed: Option<Value>) {
        let block =
            block(vec![objects("it", Presence::Optional, nesting, vec![text("name", Presence::Optional)])]);
        let [first, second] = values.map(|value| object([("it", value)]));
        let mut recorder = Recorder::default();
        let found = walk((&block).into(), [&first, &second], &mut recorder);
        assert_eq!(recorder.0, expected);
        assert_eq!(found, changed.map(|value| object([("it", value)])));
    }

    #[test]
    fn everything_in_either_value_is_visited_and_only_what_changes_is_copied() {
        let part = |name: &str| object([("name", word(name))]);
        check(Nesting::Single, [part("a"), part("a")], &["it true", "it.name true"], None);
        check(Nesting::Single, [part("old"), Value::Null], &["it false", "it.name false"], Some(part("new")));
        check(
            Nesting::List,
            [sequence([part("a"), part("old")]), sequence([part("a"), part("b"), part("c")])],
            &["it false", "it[0].name true", "it[1].name false", "it[2].name false"],
            Some(sequence([part("a"), part("new")])),
        );
        check(
            Nesting::Map,
            [object([("k", part("old")), ("m", part("a"))]), object([("l", part("b"))])],
            &["it false", "it[\"k\"].name false", "it[\"l\"].name false", "it[\"m\"].name false"],
            Some(object([("k", part("new")), ("m", part("a"))])),
        );
        check(Nesting::Set, [sequence([part("a")]), Value::Null], &["it false", "it false"], None);
    }
}
