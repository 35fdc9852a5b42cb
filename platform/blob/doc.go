// Package blob keeps files by their content, and makes foreign ones safe to
// show.
//
// A Store knows a file by the SHA-256 of its bytes: the same file is kept once,
// a file never changes, and a half-written one is never seen. Disk keeps them in
// a folder; blobtest holds every other implementation to the same rules.
//
// Nothing that a stranger sent is ever shown as it came. Pictures go through
// Photos, which decodes them and encodes them anew: whatever else was in the
// file, its metadata, its position, what was hidden behind its end, is gone.
// All other files are only offered for download, by SetDownload, under the type
// that Sniff found in their bytes; the declared type and name decide nothing.
package blob
