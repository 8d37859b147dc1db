//! Compares the docs with the source. These tests need no server.

mod circles;
mod floors;
mod layers;
mod pages;
mod paths;
mod releases;
mod type_names;
