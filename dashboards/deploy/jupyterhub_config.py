"""JupyterHub in front of casekit: everybody logs in once; viewers see the pages, analysts have a JupyterLab too.

jupyterhub --config dashboards/deploy/jupyterhub_config.py

The pages are one service of the hub, a `casekit serve` of its own, never an extension of a Jupyter server: there Voilà
would run viewers' code. Nobody reaches it but through the hub. Viewers can start no server, so they can run nothing.
"""

import os
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
HOST = os.environ.get("CASEKIT_HOST", "localhost")  # the name that viewers type
PAGES_PORT = int(os.environ.get("CASEKIT_PORT", "8866"))  # on this machine only
MOST_VIEWERS = os.environ.get("CASEKIT_VIEWERS", "40")

c = get_config()  # noqa: F821  (JupyterHub gives it)

c.JupyterHub.bind_url = "http://127.0.0.1:8000"  # the reverse proxy with TLS stands in front, see nginx.conf
c.JupyterHub.default_url = "/services/cases/"
c.JupyterHub.services = [
    {
        "name": "cases",
        "url": f"http://127.0.0.1:{PAGES_PORT}",
        "command": [
            *(str(Path(sys.executable).with_name("casekit")), "serve", "--hub", "--host", HOST),
            *("--port", str(PAGES_PORT), "--viewers", MOST_VIEWERS),
        ],
        "environment": {"XDG_STATE_HOME": os.environ.get("XDG_STATE_HOME", str(Path.home() / ".local" / "state"))},
        "oauth_no_confirm": True,
    }
]

# Who may do what. The role "user" usually lets everybody start a server; here it lets them look, and nothing else.
c.JupyterHub.load_groups = {"analysts": {"users": os.environ.get("CASEKIT_ANALYSTS", "").split()}}
LOOK = ["access:services!service=cases", "read:users:name!user", "read:users:groups!user"]
c.JupyterHub.load_roles = [
    {"name": "user", "scopes": LOOK},
    {"name": "analyst", "groups": ["analysts"], "scopes": ["self", *LOOK]},
]

# The accounts of this machine. A hospital puts its own login here, such as LDAP or OpenID Connect.
c.JupyterHub.authenticator_class = "pam"
c.Authenticator.allow_all = True  # whoever has an account may look; name them in allowed_users to narrow it
c.Spawner.notebook_dir = str(PROJECT)
c.Spawner.default_url = "/lab/tree/notebooks"
c.JupyterHub.cleanup_servers = True
