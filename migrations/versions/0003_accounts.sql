-- Who may log in, what departments' programs call with, and what was done.
-- What each column is for stands beside it in gridgis/models/accounts.py.

CREATE TABLE accounts (
    id BIGSERIAL NOT NULL,
    login TEXT NOT NULL,
    staff_code TEXT,
    role TEXT NOT NULL,
    prefixes TEXT[] NOT NULL,
    department_code TEXT,
    active BOOLEAN DEFAULT 'true' NOT NULL,
    password_hash TEXT NOT NULL,
    session_key TEXT NOT NULL,
    totp_secret TEXT,
    totp_counter BIGINT,
    failures BIGINT DEFAULT '0' NOT NULL,
    locked_until TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    last_login_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_accounts PRIMARY KEY (id),
    CONSTRAINT ck_accounts_login CHECK (login ~ '^[a-z0-9][a-z0-9._-]{1,31}$'),
    CONSTRAINT ck_accounts_staff_code CHECK (staff_code ~ '^[0-9A-Za-z_-]{1,32}$'),
    CONSTRAINT ck_accounts_role CHECK (role IN ('public', 'worker', 'operator', 'planner', 'officer', 'analyst', 'administrator')),
    CONSTRAINT ck_accounts_prefixes CHECK (array_to_string(prefixes, ',') ~ '^([0-9]{2,15}(,[0-9]{2,15})*)?$'),
    CONSTRAINT ck_accounts_officer CHECK (role <> 'officer' OR department_code IS NOT NULL),
    CONSTRAINT ck_accounts_password_hash CHECK (password_hash ~ '^[$]argon2id[$]'),
    CONSTRAINT uq_accounts_login UNIQUE (login),
    CONSTRAINT fk_accounts_department_code FOREIGN KEY(department_code) REFERENCES departments (code),
    CONSTRAINT uq_accounts_session_key UNIQUE (session_key)
);

CREATE TABLE tokens (
    id BIGSERIAL NOT NULL,
    name TEXT NOT NULL,
    department_code TEXT NOT NULL,
    role TEXT NOT NULL,
    prefixes TEXT[] NOT NULL,
    secret_sha256 TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    last_used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_tokens PRIMARY KEY (id),
    CONSTRAINT ck_tokens_role CHECK (role IN ('public', 'worker', 'operator', 'planner', 'officer', 'analyst', 'administrator') AND role <> 'administrator'),
    CONSTRAINT ck_tokens_prefixes CHECK (array_to_string(prefixes, ',') ~ '^([0-9]{2,15}(,[0-9]{2,15})*)?$'),
    CONSTRAINT ck_tokens_secret_sha256 CHECK (secret_sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT ck_tokens_expires CHECK (expires_at > created_at),
    CONSTRAINT fk_tokens_department_code FOREIGN KEY(department_code) REFERENCES departments (code),
    CONSTRAINT uq_tokens_secret_sha256 UNIQUE (secret_sha256)
);

CREATE TABLE audit (
    id BIGSERIAL NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    actor TEXT NOT NULL,
    role TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    remote TEXT,
    request_id TEXT,
    details JSONB DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_audit PRIMARY KEY (id)
);
CREATE INDEX ix_audit_actor_id ON audit (actor, id);
CREATE INDEX ix_audit_at ON audit (at);

