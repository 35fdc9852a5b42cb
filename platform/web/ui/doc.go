// Package ui has the components of which pages are made: buttons, fields,
// tables, notices, tags, times. They know no word of council work.
//
// A component is a value whose Render method writes it, so a page says
//
//	@ui.Button{Label: "Send reply", Kind: ui.Primary, Key: "r"}
//
// and one that has something inside says
//
//	@ui.Dialog{ID: "assign", Title: "Assign"}.Around() { … }
//
// No component writes an inline style or script: the content security policy
// forbids both.
package ui
