"""The kill test: what becomes of 400 posts and their pictures while everything is killed, over and over.

    python -m bench.faults                  (make faults) SQLite, and PostgreSQL + Redis where the environment has them
    python -m bench.faults --kills 40       a short one
    python -m bench.faults --network x      on a fake network that plays X (or mastodon, bluesky, linkedin …, all)
    python -m bench.faults --pictures --parts    posts with pictures from storage, threads and first comments

Workers are killed with SIGKILL at random moments and at every named failpoint of publishing, the web server at random
moments and at every failpoint of uploading; half-way Redis is emptied. The network is a stand-in (its own process,
its own journal on disk) that also hangs, hangs up and fails after it has taken a post. Pictures reach it as each
network documents: in bytes, or fetched from the web server that is being killed. In the end its journal, the sandbox,
the client's journal and the database are put side by side: nothing twice, nothing lost, no post without the pictures it
was to have, parts of threads in order and below each other, everything that nobody can know listed for a person.
"""
