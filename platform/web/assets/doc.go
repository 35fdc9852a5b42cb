// Package assets holds the style sheets, scripts, fonts and icons that pages
// need, inside the binary. Each is served under an address that contains a
// hash of its content, so browsers may keep it for ever.
//
// Nothing here is built when Mercat is built: third-party files are copied or
// compiled from npm by build/build.mjs and committed (see THIRD_PARTY.md).
package assets
