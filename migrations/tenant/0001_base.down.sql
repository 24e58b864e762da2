-- There is no way back from the first version: a file without it is not ours.
SELECT json('version 1 is the first');
