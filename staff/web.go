package staff

import "mercat.scot/mercat/platform/web"

// AnyRole admits everybody who works here.
func AnyRole() web.Access { return web.Roles(Reader.names()...) }

// MayAnswer admits those who write to citizens.
func MayAnswer() web.Access { return web.Roles(Answers.names()...) }

// MayLead admits those who arrange others' work.
func MayLead() web.Access { return web.Roles(Leader.names()...) }

// MayAdminister admits those who look after people and settings.
func MayAdminister() web.Access { return web.Roles(Administrator.names()...) }
