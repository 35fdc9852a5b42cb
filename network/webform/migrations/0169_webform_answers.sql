-- What the citizen answered of what the chosen service asks.
ALTER TABLE webform_post ADD COLUMN answers TEXT NOT NULL DEFAULT ''; -- JSON list; '' for none
