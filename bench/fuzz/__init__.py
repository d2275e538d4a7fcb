"""Everything that the contract of the API allows, and a good deal that it does not, sent to an Aura that really runs.

    make fuzz                                        half an hour: every kind of credential in its turn
    MINUTES=2 make fuzz                              a short one
    SEED=7 make fuzz                                 what was sent with that seed once more
    .venv/bin/python -m bench.fuzz --only session    one credential; --help names them and the rest
    bin/with-services --only postgres -- .venv/bin/python -m bench.fuzz    on PostgreSQL

schemathesis (requirements-fuzz.txt, in .venv-fuzz) makes the calls up from the contract and judges the answers: no 5xx,
no status, header, content type or shape that the contract does not declare, nothing accepted that it forbids, nothing
shown to somebody who is not known. Aura is `manage.py run` with web server and worker, in a folder of its own and with
the demo content. Ids that are really there stand in the copy of the contract that is fuzzed, as random ones find
nothing. What the server itself logs as an error counts as found, too. Nobody outside this machine is called.
"""
