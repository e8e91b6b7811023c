//! Round trips of any value of any type, and bytes that are none.

use proptest::prelude::*;

use super::*;
use crate::value::{
    Data,
    arbitrary::{any_type, normal, typed_value},
};

proptest! {
    #[test]
    fn any_value_of_any_type_survives_a_round_trip((value_type, value) in typed_value()) {
        let bytes = encode(&value, &value_type).unwrap();
        let read = decode(&bytes, &value_type).unwrap();
        prop_assert_eq!(normal(&read, &value_type), normal(&value, &value_type));
        prop_assert_eq!(encode(&read, &value_type), Ok(bytes), "the same value has the same bytes");
    }

    #[test]
    fn bytes_that_are_no_value_are_an_error_and_never_a_panic(
        value_type in any_type(),
        bytes in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        if let Ok(value) = decode(&bytes, &value_type) {
            prop_assert!(encode(&value, &value_type).is_ok());
        }
    }

    #[test]
    fn a_damaged_value_never_panics(
        (value_type, value) in typed_value(),
        position in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = encode(&value, &value_type).unwrap();
        let position = position.index(bytes.len());
        bytes[position] = byte;
        if let Ok(value) = decode(&bytes, &value_type) {
            prop_assert!(encode(&value, &value_type).is_ok());
        }
        bytes.truncate(position);
        prop_assert!(decode(&bytes, &value_type).is_err(), "half a value was accepted");
    }
}

#[track_caller]
fn check(value_type: &Type, bytes: &[u8], value: &Value) {
    assert_eq!(decode(bytes, value_type).as_ref(), Ok(value), "{bytes:x?}");
}

#[track_caller]
fn refused(value_type: &Type, bytes: &[u8], problem: &str) {
    let error = decode(bytes, value_type).expect_err("it should be refused");
    assert!(error.problem.contains(problem), "{error}");
}

fn known(number: &str) -> Value {
    Value::Known(Data::Number(number.parse().unwrap()))
}

#[test]
fn every_form_of_a_number_is_read_exactly() {
    check(&Type::Number, &[7], &known("7"));
    check(&Type::Number, &[0xff], &known("-1"));
    check(&Type::Number, &[0xcf, 255, 255, 255, 255, 255, 255, 255, 255], &known("18446744073709551615"));
    check(&Type::Number, &[0xd3, 128, 0, 0, 0, 0, 0, 0, 0], &known("-9223372036854775808"));
    check(&Type::Number, &[0xcb, 0x3f, 0xb9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a], &known("0.1"));
    check(&Type::Number, &[0xca, 0x3f, 0, 0, 0], &known("0.5"));
    check(&Type::Number, b"\xa30.1", &known("0.1"));
    refused(&Type::Number, &[0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0], "infinite");
    refused(&Type::Number, b"\xa3abc", "not a decimal number");
    refused(&Type::Number, &[0xc3], "a number was expected");
}

#[test]
fn a_fraction_is_written_as_decimal_text() {
    assert_eq!(encode(&known("0.1"), &Type::Number).as_deref(), Ok(b"\xa30.1".as_slice()));
    assert_eq!(encode(&known("3"), &Type::Number).as_deref(), Ok([3].as_slice()));
    assert_eq!(encode(&known("-3"), &Type::Number).as_deref(), Ok([0xfd].as_slice()));
}

#[test]
fn an_unknown_value_is_read_with_and_without_refinements() {
    check(&Type::String, &[0xd4, 0, 0], &Value::Unknown);
    // Not null, with the prefix "ab".
    check(&Type::String, &[0xc7, 7, 0x0c, 0x82, 1, 0xc2, 2, 0xa2, b'a', b'b'], &Value::Unknown);
    check(&Type::Bool, &[0xc7, 0, 0x63], &Value::Unknown);
    refused(&Type::Bool, &[0xc7, 9, 0x0c, 1], "end too early");
    assert_eq!(encode(&Value::Unknown, &Type::Bool).as_deref(), Ok([0xd4, 0, 0].as_slice()));
}

#[test]
fn an_object_has_every_attribute_and_no_other() {
    let object = Type::Object([("a".to_owned(), Type::String), ("b".to_owned(), Type::Bool)].into());
    check(
        &object,
        b"\x82\xa1a\xa1x\xa1b\xc0",
        &Value::mapping([("a", Value::string("x")), ("b", Value::Null)]),
    );
    refused(&object, b"\x81\xa1a\xa1x", "missing");
    refused(&object, b"\x83\xa1a\xa1x\xa1b\xc0\xa1c\xc0", "no such attribute");
    let written = encode(&Value::mapping([("a", Value::string("x"))]), &object);
    assert_eq!(written.as_deref(), Ok(b"\x82\xa1a\xa1x\xa1b\xc0".as_slice()));
    let extra = encode(&Value::mapping([("c", Value::Null)]), &object).expect_err("it has no c");
    assert_eq!(extra.path.to_string(), "c");
}

#[test]
fn a_set_is_written_in_one_order_and_without_repetition() {
    let set = Type::Set(Box::new(Type::String));
    let of =
        |names: &[&str]| Value::Known(Data::Sequence(names.iter().copied().map(Value::string).collect()));
    assert_eq!(encode(&of(&["b", "a", "b"]), &set), encode(&of(&["a", "b"]), &set));
    let unknowns = Value::Known(Data::Sequence(vec![Value::Unknown, Value::Unknown]));
    assert_eq!(decode(&encode(&unknowns, &set).unwrap(), &set), Ok(unknowns));
}

#[test]
fn a_length_that_lies_costs_no_memory() {
    refused(&Type::List(Box::new(Type::String)), &[0xdd, 255, 255, 255, 255], "end too early");
    refused(&Type::Map(Box::new(Type::String)), &[0xdf, 255, 255, 255, 255], "end too early");
    refused(&Type::String, &[0xdb, 255, 255, 255, 255, b'x'], "end too early");
}

#[test]
fn a_value_nested_too_deeply_is_refused() {
    let mut value_type = Type::Bool;
    let mut bytes = vec![0xc3];
    for _ in 0..100 {
        value_type = Type::List(Box::new(value_type));
        bytes.insert(0, 0x91);
    }
    refused(&value_type, &bytes, "too deeply");
}

#[test]
fn an_error_says_where_it_is_and_not_what_was_there() {
    let object = Type::Object([("rules".to_owned(), Type::List(Box::new(Type::Bool)))].into());
    let error = decode(b"\x81\xa5rules\x92\xc3\xa6secret", &object).expect_err("a string is no bool");
    assert_eq!(error.path.to_string(), "rules[1]");
    assert!(!error.to_string().contains("secret"));
}
