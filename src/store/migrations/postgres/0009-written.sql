-- Posts that the owner wrote in the browser, by the mark of the form: who sends it twice wrote once.
CREATE TABLE written (
    site TEXT NOT NULL,
    mark TEXT NOT NULL,
    file TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (site, mark)
);
CREATE INDEX written_at ON written (at);
