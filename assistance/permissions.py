"""What a person may do, and which role grants it."""

from __future__ import annotations

from enum import StrEnum

from infrastructure.languages import N_


class Permission(StrEnum):
    """One thing that somebody who has signed in may do, written noun:verb."""

    OWN_ACCOUNT_USE = "own_account:use"
    """See one's own sign-ins, numbers and messages, and end them."""
    OWN_FILE_READ = "own_file:read"
    """Read the file of one's own household, and who has looked at it."""
    OWN_RIGHTS_USE = "own_rights:use"
    """Export, have corrected, object, have deleted."""
    OWN_AUTHORIZATIONS_READ = "own_authorizations:read"
    """Read what one's household is asked to authorise."""
    OWN_AUTHORIZATIONS_SIGN = "own_authorizations:sign"
    """Agree, decline or withdraw for oneself or as guardian."""

    DESK_OPEN = "desk:open"
    """Open the staff side, and manage one's own staff account."""
    HOUSEHOLDS_LIST = "households:list"
    """See masked rows of households of one's own division."""
    HOUSEHOLDS_READ = "households:read"
    """Open a household's file in one's own division."""
    HOUSEHOLDS_WRITE = "households:write"
    """Add declared lines, members and events to a file."""
    HOUSEHOLDS_IMPORT = "households:import"
    """Bring households in from a spreadsheet."""
    PERSONS_REVEAL = "persons:reveal"
    """See a full identity number or telephone number, with a purpose that is logged and shown."""
    MINORS_APPROVE = "minors:approve"
    """Allow a colleague to open a minor's record (WCW-36)."""
    AUTHORIZATIONS_READ = "authorizations:read"
    """See who has been asked, and who has signed."""
    AUTHORIZATIONS_OPEN = "authorizations:open"
    """Open an authorisation request for a household."""
    AUTHORIZATIONS_ASSIST = "authorizations:assist"
    """Help somebody to sign at the counter or on paper."""
    AUTHORIZATIONS_PROTECT = "authorizations:protect"
    """Read who has said in silence that an authorisation is not their will."""
    CHECKS_START = "checks:start"
    """Start the economic check that an authorisation request allows."""
    CHECKS_READ = "checks:read"
    """Read an economic check's report."""
    CHECKS_ANSWER = "checks:answer"
    """Answer for one's own department whether a contested value is right."""
    SOURCES_DROP = "sources:drop"
    """Hand in the spreadsheet of one's own department's register."""
    RIGHTS_ANSWER = "rights:answer"
    """Answer requests for correction and deletion, with reasons."""
    OBJECTIONS_ANSWER = "objections:answer"
    """Answer what a resident objects to in the list of looks."""
    SEALED_LOOKS_ASK = "sealed_looks:ask"
    """Ask that one's looks at a file stay hidden for a time; a second person decides."""
    SEALED_LOOKS_APPROVE = "sealed_looks:approve"
    """Decide as the second person about sealed looks."""
    STAFF_READ = "staff:read"
    """See staff accounts and their roles."""
    STAFF_MANAGE = "staff:manage"
    """Invite and disable staff, and help them when a device is lost."""
    ROLES_GRANT = "roles:grant"
    """Grant and end roles."""
    ROLES_APPROVE = "roles:approve"
    """Approve as the second person what somebody else granted."""
    RELATIVES_DECLARE = "relatives:declare"
    """Declare one's own near relatives (近亲属备案)."""
    RELATIVES_READ = "relatives:read"
    """Read which staff have declared relatives."""
    RETENTION_READ = "retention:read"
    """See what is kept how long, and what was deleted."""
    LOG_READ = "log:read"
    """Read and export the log of acts and looks, which names everybody by reference alone; never write it."""
    RETENTION_HOLD = "retention:hold"
    """Say that something may not be deleted yet, and lift that together with a second person."""


class Role(StrEnum):
    """An office in which somebody acts; it is held in a division and reaches everything below it."""

    RESIDENT = "resident"
    HELPER = "helper"
    GRID_WORKER = "grid_worker"
    VILLAGE_OFFICER = "village_officer"
    TOWN_REVIEWER = "town_reviewer"
    COUNTY_APPROVER = "county_approver"
    DEPARTMENT_OFFICER = "department_officer"
    INSPECTOR = "inspector"
    SYSTEM_ADMINISTRATOR = "system_administrator"
    SECURITY_ADMINISTRATOR = "security_administrator"
    AUDIT_ADMINISTRATOR = "audit_administrator"


ROLE_WORDS: dict[Role, str] = {
    Role.RESIDENT: N_("居民"),
    Role.HELPER: N_("帮办员"),
    Role.GRID_WORKER: N_("网格员"),
    Role.VILLAGE_OFFICER: N_("村（社区）工作人员"),
    Role.TOWN_REVIEWER: N_("镇（街道）审核员"),
    Role.COUNTY_APPROVER: N_("县级确认人"),
    Role.DEPARTMENT_OFFICER: N_("部门工作人员"),
    Role.INSPECTOR: N_("监督检查人员"),
    Role.SYSTEM_ADMINISTRATOR: N_("系统管理员"),
    Role.SECURITY_ADMINISTRATOR: N_("安全管理员"),
    Role.AUDIT_ADMINISTRATOR: N_("审计管理员"),
}

# The three keep each other in check: nobody holds two of them, and none of them sees a resident's data.
ADMINISTRATORS = frozenset({Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR})

_AT_A_DESK = frozenset({Permission.DESK_OPEN, Permission.RELATIVES_DECLARE})
_ASSISTING = _AT_A_DESK | {
    Permission.HOUSEHOLDS_LIST,
    Permission.AUTHORIZATIONS_READ,
    Permission.AUTHORIZATIONS_ASSIST,
}
_KEEPING_FILES = _ASSISTING | {
    Permission.HOUSEHOLDS_READ,
    Permission.HOUSEHOLDS_WRITE,
    Permission.AUTHORIZATIONS_OPEN,
}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.RESIDENT: frozenset(
        {
            Permission.OWN_ACCOUNT_USE,
            Permission.OWN_FILE_READ,
            Permission.OWN_RIGHTS_USE,
            Permission.OWN_AUTHORIZATIONS_READ,
            Permission.OWN_AUTHORIZATIONS_SIGN,
        }
    ),
    Role.HELPER: _ASSISTING,
    Role.GRID_WORKER: _ASSISTING,
    Role.VILLAGE_OFFICER: _KEEPING_FILES,
    Role.TOWN_REVIEWER: _KEEPING_FILES
    | {
        Permission.HOUSEHOLDS_IMPORT,
        Permission.PERSONS_REVEAL,
        Permission.MINORS_APPROVE,
        Permission.AUTHORIZATIONS_PROTECT,
        Permission.CHECKS_START,
        Permission.CHECKS_READ,
        Permission.RIGHTS_ANSWER,
    },
    Role.COUNTY_APPROVER: _AT_A_DESK
    | {
        Permission.HOUSEHOLDS_LIST,
        Permission.HOUSEHOLDS_READ,
        Permission.PERSONS_REVEAL,
        Permission.MINORS_APPROVE,
        Permission.AUTHORIZATIONS_READ,
        Permission.CHECKS_START,
        Permission.CHECKS_READ,
        Permission.RIGHTS_ANSWER,
        Permission.RETENTION_HOLD,
        Permission.STAFF_READ,
        Permission.ROLES_APPROVE,
    },
    Role.DEPARTMENT_OFFICER: _AT_A_DESK | {Permission.SOURCES_DROP, Permission.CHECKS_ANSWER},
    Role.INSPECTOR: _AT_A_DESK
    | {
        Permission.HOUSEHOLDS_LIST,
        Permission.HOUSEHOLDS_READ,
        Permission.AUTHORIZATIONS_READ,
        Permission.CHECKS_READ,
        Permission.OBJECTIONS_ANSWER,
        Permission.SEALED_LOOKS_ASK,
        Permission.SEALED_LOOKS_APPROVE,
        Permission.RELATIVES_READ,
    },
    Role.SYSTEM_ADMINISTRATOR: _AT_A_DESK | {Permission.STAFF_READ, Permission.STAFF_MANAGE},
    Role.SECURITY_ADMINISTRATOR: _AT_A_DESK
    | {
        Permission.STAFF_READ,
        Permission.ROLES_GRANT,
        Permission.ROLES_APPROVE,
        Permission.RELATIVES_READ,
    },
    Role.AUDIT_ADMINISTRATOR: _AT_A_DESK
    | {Permission.LOG_READ, Permission.RETENTION_READ, Permission.STAFF_READ},
}


def may(roles: frozenset[Role], permission: Permission) -> bool:
    """Whether one of these roles grants the permission."""
    return any(permission in GRANTS[role] for role in roles)
