package archtest

// Edge allows one room to import another.
type Edge struct{ From, To, Why string }

// capabilities are in their order: each may import those before it and none
// after it.
func capabilities() []string {
	return []string{
		"record", "staff", "directory", "expect", "person", "triage", "desk", "casework", "contact", "open311", "backoffice", "api",
		"newsroom", "question", "takeover", "atlas", "community", "challenge", "library", "evidence", "privacy",
	}
}

// edges are all imports that are allowed between rooms, beside these: every
// room may import the packages of platform, and its own. A new one is a new
// line with its reason.
func edges() []Edge {
	return []Edge{
		{"platform/blob", "platform/fault", "a file too large or unreadable has a sentence"},
		{"platform/blob", "platform/text", "foreign file names are cleaned"},
		{"platform/db", "platform/fault", "a database that cannot be opened has a sentence"},
		{"platform/httpx", "platform/fault", "a wrong exception of the guard has a sentence"},
		{"platform/jobs", "platform/db", "a job is put in the transaction of its cause"},
		{"platform/jobs", "platform/fault", "a job given up has a sentence"},
		{"platform/live", "platform/db", "news are told after the commit, and through LISTEN and NOTIFY"},
		{"platform/secret", "platform/fault", "a key file that cannot be used has a sentence"},
		{"platform/text", "platform/fault", "a text that is refused has a sentence"},
		{"platform/web", "platform/fault", "faults become pages"},
		{"platform/web", "platform/db", "sessions are kept in the database"},
		{"platform/web", "platform/live", "news are streamed to browsers"},
		{"platform/web", "platform/secret", "session and form tokens"},
		{"platform/web", "platform/text", "foreign text is cleaned in forms"},

		{"network/*", "network", "an adapter implements the interface"},
		{"network/archive", "network/email", "stored mail is read as new mail is"},
		{"network/archive", "network/bluesky", "a repository's records are read as new posts are"},

		{"staff", "record", "what is done to accounts and roles is recorded"},
		{"directory", "record", "changes of services and places are recorded"},
		{"directory", "staff", "a service is owned by a team"},
		{"person", "record", "joining two handles is recorded"},
		{"person", "staff", "a join is an officer's decision"},
		{"person", "network", "a handle is an identity on a network"},
		{"desk", "record", "what is said and done is recorded"},
		{"desk", "staff", "conversations belong to teams and officers"},
		{"desk", "directory", "routing by service and place"},
		{"desk", "person", "a conversation is with a person"},
		{"desk", "network", "it fetches and sends through the interface"},
		{"casework", "record", "every state of a case is recorded"},
		{"casework", "staff", "cases belong to teams and officers"},
		{"casework", "directory", "a case has a service and a place"},
		{"casework", "person", "a case has a person who reported it"},
		{"casework", "desk", "a case begins in a conversation, and answers there"},
		{"casework", "network", "photos and places come as the network gave them"},

		{"contact", "record", "a contact that was written down is recorded"},
		{"contact", "staff", "an officer writes it down"},
		{"contact", "directory", "a contact is about a service"},
		{"contact", "person", "it is with a person, who has numbers and addresses"},
		{"contact", "desk", "it becomes a conversation, and the record shows all of them"},
		{"contact", "casework", "the record of a person shows their cases"},
		{"contact", "network", "channels have names"},
		{"contact", "network/phone", "what no program carried is kept there"},

		{"api", "record", "what programs and their administrators do is recorded"},
		{"api", "staff", "a program comes in by a key"},
		{"api", "directory", "services are listed for other programs"},
		{"api", "person", "people are listed for other programs"},
		{"api", "desk", "conversations are read by other programs, and told to them"},
		{"api", "network", "a conversation names the network that it is on"},
		{"api", "casework", "cases are read and made by other programs, and told to them"},
		{"api", "contact", "contacts are read and written down by other programs"},
		{"api", "network/phone", "what a program writes down is a call, a visit or a letter"},

		{"open311", "casework", "service requests are cases"},
		{"open311", "directory", "services and what must be asked"},
		{"open311", "staff", "a program sends requests in by a key"},
		{"open311", "desk", "a request that is sent in is a conversation as well"},
		{"open311", "network", "what came in is a post"},
		{"open311", "network/georeport", "people who report by Open311 are a network of their own"},

		{"backoffice", "record", "what is handed over, and by whom it was arranged, is recorded"},
		{"backoffice", "staff", "an administrator arranges it"},
		{"backoffice", "directory", "services are given by other systems"},
		{"backoffice", "desk", "what a back office says stands in the conversation"},
		{"backoffice", "casework", "cases are handed over and moved"},
		{"backoffice", "open311", "it reads what servers of the standard send"},

		{"listening", "record", "what was read is recorded"},
		{"listening", "staff", "monitors have owners"},
		{"listening", "network", "it reads public posts through the interface"},
		{"evidence", "listening", "aggregates over at least k people, and nothing else"},

		{"app", "*", "it wires every room"},
		{"cmd", "app", "a subcommand starts the program, or a part of it"},
		{"cmd", "bench", "a subcommand measures"},
		{"bench", "*", "it measures the whole and single rooms, and no room knows of it"},
		{"cmd", "record", "verify reads the chain without starting anything"},
		{"test", "*", "tools for trying things out are not part of the program"},
	}
}

// Exception lets one file, or all files beneath a folder, break one rule.
type Exception struct{ Path, Rule, Why string }

func exceptions() []Exception {
	return []Exception{
		{"cmd/", "clock", "the clock begins here"},
		{"app/", "clock", "it hands the clock to every room"},
		{"test/", "clock", "tools for trying things out are not part of the program"},
		{"network/network.go", "http", "a webhook is a request, and the interface says so"},
	}
}
