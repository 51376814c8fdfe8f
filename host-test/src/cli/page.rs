//! The dashboard as one file: every piece inline, under a policy that allows nothing but
//! these. `page/one-file.mts` puts the same pieces together for the plugin.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const INDEX: &str = include_str!("../../page/index.html");

const STYLE: &str = include_str!("../../page/page.css");

/// The scripts, in the order in which the page runs them.
const SCRIPTS: [(&str, &str); 8] = [
    ("model.js", include_str!("../../page/model.js")),
    ("times.js", include_str!("../../page/times.js")),
    ("words.js", include_str!("../../page/words.js")),
    ("reasons.js", include_str!("../../page/reasons.js")),
    ("elements.js", include_str!("../../page/elements.js")),
    ("charts.js", include_str!("../../page/charts.js")),
    ("sections.js", include_str!("../../page/sections.js")),
    ("page.js", include_str!("../../page/page.js")),
];

/// The page of a document, as a snapshot: it asks nobody for a newer one.
pub(super) fn page(document: &str) -> String {
    let hashes: Vec<String> = SCRIPTS.iter().map(|(_, script)| hash(script)).collect();
    let policy = format!(
        "default-src 'none'; script-src {}; style-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        hashes.join(" "),
        hash(STYLE)
    );
    let charset = r#"<meta charset="utf-8">"#;
    let document = document.replace('<', "\\u003c");
    let mut page = INDEX
        .replace(r#" data-source="document.json""#, "")
        .replace(
            charset,
            &format!(
                "{charset}\n<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">"
            ),
        )
        .replace(r#"<link rel="stylesheet" href="page.css">"#, &format!("<style>{STYLE}</style>"))
        .replace(r#"id="document"></script>"#, &format!(r#"id="document">{document}</script>"#));
    for (name, script) in SCRIPTS {
        page = page.replace(
            &format!(r#"<script src="{name}"></script>"#),
            &format!("<script>{script}</script>"),
        );
    }
    page
}

/// The name of an inline piece in a content security policy.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_is_inline_and_named_by_the_policy() {
        let page = page(r#"{"label": "</script><b>"}"#);
        assert!(page.contains(r#"id="document">{"label": "\u003c/script>\u003cb>"}</script>"#));
        assert!(!page.contains("src=\"") && !page.contains("data-source=\""));
        let inline: Vec<&str> = page.split("<script>").skip(1).collect();
        assert_eq!(inline.len(), SCRIPTS.len());
        for rest in inline {
            let (script, _) = rest.split_once("</script>").unwrap_or_default();
            assert!(page.contains(&hash(script)), "{script}");
        }
    }
}
