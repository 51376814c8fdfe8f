//! The published schema of JSON documents.

#![allow(unreachable_pub, reason = "every test file uses this module for itself")]

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;

static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    let text = include_str!("../../../docs/usage.schema.json");
    let schema: Value = serde_json::from_str(text).expect("JSON");
    let options = jsonschema::options().should_validate_formats(true);
    options.build(&schema).expect("a schema")
});

/// Checks a document against the schema.
///
/// # Errors
///
/// Each place that does not follow it, and why.
pub fn check(document: &Value) -> Result<(), String> {
    let errors = SCHEMA.iter_errors(document);
    let errors: Vec<String> =
        errors.map(|error| format!("{}: {error}", error.instance_path())).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.join("\n")) }
}
