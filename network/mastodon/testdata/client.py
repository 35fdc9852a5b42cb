"""Goes through the strict server with Mastodon.py, which knows nothing of Mercat.

What it is given (server, tokens, accounts) comes as JSON in the first argument.
It ends with an error when the server is not as Mastodon.py expects.
"""

import json
import queue
import sys
import urllib.error
import urllib.request

from mastodon import Mastodon, MastodonNotFoundError, MastodonUnauthorizedError, StreamListener

given = json.loads(sys.argv[1])
council = Mastodon(access_token=given["council"], api_base_url=given["server"], ratelimit_method="throw")
ann = Mastodon(access_token=given["ann"], api_base_url=given["server"], ratelimit_method="throw")


def check(what, good):
    if not good:
        sys.exit("not as it should be: " + what)


# Who and where.
check("instance", council.instance().uri == "burgh.test" and council.instance().version.startswith("4."))
check("limits", council.instance().configuration.statuses.max_characters == 500)
me = council.account_verify_credentials()
check("credentials", me.acct == "council" and me.created_at.year == 2022)
check("application", council.app_verify_credentials().name == "Mercat")


# The stream.
class Listener(StreamListener):
    def __init__(self):
        self.events = queue.Queue()

    def on_notification(self, notification):
        self.events.put(("notification", notification))

    def on_update(self, status):
        self.events.put(("update", status))

    def on_status_update(self, status):
        self.events.put(("status.update", status))

    def on_delete(self, status_id):
        self.events.put(("delete", status_id))

    def next(self, kind):
        while True:
            what, event = self.events.get(timeout=10)
            if what == kind:
                return event


listener = Listener()
handle = council.stream_user(listener, run_async=True)
check("stream health", council.stream_healthy())
while not handle.is_receiving():
    pass

# A mention, by stream and by list.
first = ann.status_post("@council@burgh.test the lamp is out, see https://www.example.org/lamps #Lamp", visibility="unlisted", language="en", idempotency_key="one")
again = ann.status_post("@council@burgh.test the lamp is out, see https://www.example.org/lamps #Lamp", visibility="unlisted", language="en", idempotency_key="one")
check("idempotency", first.id == again.id)
told = listener.next("notification")
check("streamed notification", told.type == "mention" and told.status.id == first.id and told.status.account.acct == "ann")
listed = council.notifications(types=["mention"], limit=5)
check("notifications", len(listed) == 1 and listed[0].status.id == first.id and listed[0].status.tags[0].name == "lamp")
check("content", '<span class="invisible">https://www.</span>' in listed[0].status.content)

# An answer with a picture.
picture = council.media_post(given["picture"], "image/jpeg", description="A plan of the burgh", focus=(0.5, -0.25))
check("media", picture.description == "A plan of the burgh" and picture.meta.focus.x == 0.5 and picture.url)
answer = council.status_reply(council.status(first.id), "We come on Thursday", media_ids=[picture.id], spoiler_text="Plan", sensitive=True)
check("reply", answer.in_reply_to_id == first.id and answer.visibility == "unlisted" and answer.media_attachments[0].id == picture.id)
check("application of a status", answer.application.name == "Mercat")
around = ann.status_context(first.id)
check("context", [s.id for s in around.descendants] == [answer.id] and around.ancestors == [])

# Edits and deletions.
edited = ann.status_update(first.id, "@council@burgh.test two lamps are out")
check("edit", edited.edited_at is not None and "two lamps" in edited.content)
check("deletion returns the text", ann.status_delete(first.id).text == "@council@burgh.test two lamps are out")
check("streamed deletion", str(listener.next("delete")) == str(first.id))
try:
    council.status(first.id)
    sys.exit("a deleted status is still there")
except MastodonNotFoundError:
    pass

# Pages, forwards and back.
for n in range(7):
    ann.status_post(f"@council@burgh.test number {n}")
page = council.notifications(types=["mention"], limit=3)
check("first page", [n.status.content[-10:] for n in page] == [f"number {n}</p>"[-10:] for n in (6, 5, 4)])
older = council.fetch_next(page)
check("older page", older[0].status.content.endswith("number 3</p>"))
newer = council.fetch_previous(older)
check("newer page", newer[0].status.content.endswith("number 6</p>"))
forward = council.notifications(types=["mention"], min_id=older[-1].id, limit=2)
check("min_id", [n.status.content[-12:] for n in forward] == ["number 3</p>", "number 2</p>"])
check("own statuses", [s.id for s in ann.account_statuses(me.id, limit=5)] == [answer.id])
handle.close()


# Signing in as a program does.
class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args, **kwargs):
        return None


redirect = "https://mercat.example/back"
client, secret = Mastodon.create_app("A program", scopes=["read", "write:statuses"], redirect_uris=redirect, api_base_url=given["server"])
program = Mastodon(client_id=client, client_secret=secret, api_base_url=given["server"])
address = program.auth_request_url(redirect_uris=redirect, scopes=["read", "write:statuses"], state="abc")
try:
    urllib.request.build_opener(NoRedirect).open(urllib.request.Request(address, headers={"X-Test-Agrees": given["ann_id"]}))
    sys.exit("the authorization page does not redirect")
except urllib.error.HTTPError as e:
    back = urllib.parse.parse_qs(urllib.parse.urlparse(e.headers["Location"]).query)
check("state", back["state"] == ["abc"])
token = program.log_in(code=back["code"][0], redirect_uri=redirect, scopes=["read", "write:statuses"])
check("sign-in", program.account_verify_credentials().acct == "ann")
program.revoke_access_token()
try:
    Mastodon(access_token=token, api_base_url=given["server"]).account_verify_credentials()
    sys.exit("a revoked token is good")
except MastodonUnauthorizedError:
    pass
print("all is as Mastodon.py expects")
