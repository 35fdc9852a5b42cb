-- For forgetting updates that can no longer come again.
CREATE INDEX backoffice_pulled_taken ON backoffice_pulled (taken_at);
