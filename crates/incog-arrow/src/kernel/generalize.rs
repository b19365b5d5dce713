//! Cells at a level of a hierarchy.

use arrow_array::{Array, ArrayRef};
use incog::{Result, kanon::Hierarchy, table::Column};

use crate::{error, text};

/// What each cell is at `level` of `hierarchy`, each distinct cell worked on once.
///
/// A null stays null below the coarsest level, and is `*` like everything else there, as in a released table; under a
/// hierarchy that lists its values, a null needs an entry, too.
///
/// # Errors
/// `Value` with column and row if a cell is outside of the hierarchy; `Parameter` if there is no such level; `Policy` for
/// an automatic hierarchy, which would be another one in each batch; `Unsupported` if it is no array of text.
///
/// # Examples
/// ```
/// use arrow_array::{StringArray, cast::AsArray};
/// use incog::kanon::Hierarchy;
/// let zip = StringArray::from(vec![Some("13053"), None, Some("13068")]);
/// let general = incog_arrow::kernel::generalize("zip", &zip, &Hierarchy::prefix(&[5, 3, 0])?, 1)?;
/// assert_eq!(general.as_string::<i32>(), &StringArray::from(vec![Some("130**"), None, Some("130**")]));
///
/// let error = incog_arrow::kernel::generalize("zip", &zip, &Hierarchy::prefix(&[5, 3, 0])?, 3).unwrap_err();
/// assert_eq!(error.to_string(), "column 'zip': level 3 where its hierarchy has 0 to 2");
/// # Ok::<(), incog::Error>(())
/// ```
pub fn generalize(name: &str, array: &dyn Array, hierarchy: &Hierarchy, level: usize) -> Result<ArrayRef> {
    if hierarchy.kind() == "automatic" {
        return Err(error::level_of_data(name));
    }
    let column = text::coded(name, array)?;
    let levels = hierarchy.levels(name, &column)?;
    if level > levels.height() {
        return Err(error::unknown_level(name, level, levels.height()));
    }
    let missing = column.missing_code();
    let labels = (0u32..).zip(column.dictionary()).map(|(code, _)| levels.label(level, code));
    // An empty label stands for missing cells, and is an entry like others for a value.
    let stays = missing.filter(|&code| levels.label(level, code).is_empty());
    let general = Column::from_codes_with_missing(column.codes().to_vec(), labels, stays)?;
    text::array_of(name, &general, array.data_type())
}
