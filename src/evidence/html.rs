//! HTML whose text is escaped because there is no other way to put text into it.

use std::fmt::Write as _;

/// A piece of HTML. Text that is known only at run time comes in by [`Html::text`], markup is a constant of
/// this program.
///
/// # Guarantee
/// For all texts, [`Html::text`] adds no tag, attribute, entity or change of writing direction.
#[derive(Clone, Debug, Default)]
pub(super) struct Html(String);

impl Html {
    /// `text`, escaped.
    pub(super) fn text(text: &str) -> Self {
        let mut html = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '&' => html.push_str("&amp;"),
                '<' => html.push_str("&lt;"),
                '>' => html.push_str("&gt;"),
                '"' => html.push_str("&quot;"),
                '\'' => html.push_str("&#39;"),
                '\n' | '\t' => html.push(c),
                c if c.is_control() || is_direction(c) => html.push(char::REPLACEMENT_CHARACTER),
                c => html.push(c),
            }
        }
        Html(html)
    }

    /// Markup of this program.
    pub(super) fn markup(markup: &'static str) -> Self {
        Html(markup.to_owned())
    }

    /// `inner` between the tags of `tag`, which may carry attributes: `th scope="col"`.
    pub(super) fn element(tag: &'static str, inner: Html) -> Self {
        Html::shape(tag, &[], inner)
    }

    /// An element with numbers for attributes, as drawings have.
    pub(super) fn shape(tag: &'static str, attributes: &[(&'static str, u64)], inner: Html) -> Self {
        let name = tag.split(' ').next().unwrap_or(tag);
        let mut html = format!("<{tag}");
        for (attribute, value) in attributes {
            // Writing to a string cannot fail.
            let _ = write!(html, " {attribute}=\"{value}\"");
        }
        let _ = write!(html, ">{}</{name}>", inner.0);
        Html(html)
    }

    /// A table with a caption, a row of column heads, and rows whose first cell is their head. A table
    /// wider than the screen scrolls by itself.
    pub(super) fn table(caption: &str, heads: &[&'static str], rows: Vec<Vec<Html>>) -> Self {
        let head = heads.iter().map(|h| Html::element("th scope=\"col\"", Html::markup(h))).collect();
        let body = rows
            .into_iter()
            .map(|cells| {
                let cells = cells
                    .into_iter()
                    .enumerate()
                    .map(|(i, cell)| Html::element(if i == 0 { "th scope=\"row\"" } else { "td" }, cell));
                Html::element("tr", cells.collect())
            })
            .collect();
        let table = Html::element("caption", Html::text(caption))
            .and(Html::element("thead", Html::element("tr", head)))
            .and(Html::element("tbody", body));
        Html::element("div class=\"wide\"", Html::element("table", table))
    }

    /// A list of `items`.
    pub(super) fn list<'a>(items: impl IntoIterator<Item = &'a String>) -> Self {
        Html::element("ul", items.into_iter().map(|item| Html::element("li", Html::text(item))).collect())
    }

    /// A digest, which may break anywhere; a dash if there is none.
    pub(super) fn digest(digest: Option<&str>) -> Self {
        match digest {
            Some(digest) => Html::element("code", Html::text(digest)),
            None => Html::markup("–"),
        }
    }

    /// `self`, then `next`.
    pub(super) fn and(mut self, next: Html) -> Self {
        self.0.push_str(&next.0);
        self
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

impl FromIterator<Html> for Html {
    fn from_iter<I: IntoIterator<Item = Html>>(pieces: I) -> Self {
        pieces.into_iter().fold(Html::default(), Html::and)
    }
}

/// Characters that turn the order of what follows: a column's name must not be able to rewrite a sentence.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_adds_no_markup() {
        let cases = [
            ("tag", "<script>", "&lt;script&gt;"),
            ("entity", "&lt;", "&amp;lt;"),
            ("attribute", "\" onload='x'", "&quot; onload=&#39;x&#39;"),
            ("direction", "a\u{202e}b", "a\u{fffd}b"),
            ("control", "a\u{0}b", "a\u{fffd}b"),
            ("other scripts", "größe 年齢", "größe 年齢"),
        ];
        for (name, text, expected) in cases {
            assert_eq!(Html::text(text).into_string(), expected, "{name}");
        }
    }
}
