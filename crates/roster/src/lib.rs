//! Connections, scanning, joining records into entries, the integrated view.
