//! Thin edges: pages, REST and public endpoints.
