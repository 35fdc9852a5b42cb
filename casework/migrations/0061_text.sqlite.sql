CREATE VIRTUAL TABLE casework_text USING fts5(body, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0');
