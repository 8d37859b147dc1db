//! The docs and the source, held against each other. These tests need no server.

mod circles;
mod floors;
mod layers;
mod pages;
mod paths;
mod releases;
mod type_names;
