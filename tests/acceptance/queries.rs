//! What exists already: `terraform query`, the data sources that list, and the imports that both lead to.

mod estate;
mod imports;
mod lists;
mod tokens;
