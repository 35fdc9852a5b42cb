// Package staff is the people who work here: how they sign in, what they may
// do, and the teams that they are in.
//
// # Roles
//
// A reader reads, an officer answers, a leader also leads teams' work, and an
// administrator also looks after people, accounts and settings. Routes name one
// of AnyRole, MayAnswer, MayLead and MayAdminister; there is no approval chain.
//
// A key lets a program in, which may do what the key's scopes say and acts under
// the key's name. Authenticate is for every room that takes keys.
//
// # Secrets
//
// Passwords are kept as argon2id, tokens of sessions, links and keys as hashes.
// None of them is ever in the record or the log.
//
// # What always holds
//
// There is an active administrator, and one team is the contact centre, from
// the first set-up on. A person who leaves is deactivated, never removed: the
// record names them.
//
// Tables: staff_officer, staff_session, staff_browser, staff_link,
// staff_failure, staff_team, staff_member, staff_generation, staff_key.
// Paths: /sign-in, /sign-out, /password/{token}, /account, /settings/people,
// /settings/teams, /settings/keys.
package staff
