-- Drafts of plans: what they change, every edit, and the way to being published.
-- What each column and index is for stands beside it in gridgis/models/.

ALTER TABLE plans
    ADD COLUMN shared BOOLEAN DEFAULT 'true' NOT NULL,
    ADD COLUMN editors TEXT[] DEFAULT '{}' NOT NULL,
    ADD COLUMN effective_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN submitted_by TEXT,
    ADD COLUMN submitted_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN approved_by TEXT,
    ADD COLUMN published_by TEXT,
    ADD CONSTRAINT ck_plans_submitted CHECK ((submitted_by IS NULL) = (submitted_at IS NULL)),
    ADD CONSTRAINT ck_plans_approved CHECK (approved_by IS NULL OR submitted_by IS NOT NULL);

CREATE TABLE drafts (
    plan_id BIGINT NOT NULL,
    edit_seq BIGINT DEFAULT '0' NOT NULL,
    last_seq BIGINT DEFAULT '0' NOT NULL,
    last_key BIGINT DEFAULT '0' NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_drafts PRIMARY KEY (plan_id),
    CONSTRAINT ck_drafts_edit_seq CHECK (edit_seq >= 0 AND edit_seq <= last_seq),
    CONSTRAINT fk_drafts_plan_id FOREIGN KEY(plan_id) REFERENCES plans (id) ON DELETE CASCADE
);

INSERT INTO drafts (plan_id) SELECT id FROM plans WHERE state = 'draft';

CREATE TABLE draft_grids (
    plan_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    community_code TEXT NOT NULL,
    geom geometry(POLYGON,4326),
    area_m2 FLOAT(53),
    assigned BOOLEAN DEFAULT 'false' NOT NULL,
    worker_code TEXT,
    kind TEXT,
    number BIGINT,
    locked BOOLEAN DEFAULT 'false' NOT NULL,
    version BIGINT NOT NULL,
    figures JSONB,
    CONSTRAINT pk_draft_grids PRIMARY KEY (plan_id, key),
    CONSTRAINT ck_draft_grids_key CHECK (key ~ '^([0-9]{14,16}|n[1-9][0-9]*)$'),
    CONSTRAINT ck_draft_grids_community CHECK (key !~ '^[0-9]' OR left(key, 12) = community_code),
    CONSTRAINT ck_draft_grids_gone CHECK ((geom IS NULL) = (area_m2 IS NULL)),
    CONSTRAINT ck_draft_grids_new CHECK (geom IS NOT NULL OR key !~ '^n'),
    CONSTRAINT ck_draft_grids_area CHECK (area_m2 > 0),
    CONSTRAINT fk_draft_grids_plan_id FOREIGN KEY(plan_id) REFERENCES plans (id) ON DELETE CASCADE,
    CONSTRAINT fk_draft_grids_community_code FOREIGN KEY(community_code) REFERENCES divisions (code),
    CONSTRAINT fk_draft_grids_worker_code FOREIGN KEY(worker_code) REFERENCES workers (code)
);
CREATE INDEX ix_draft_grids_geom ON draft_grids USING gist (geom);
CREATE INDEX ix_draft_grids_community ON draft_grids (plan_id, community_code);

CREATE TABLE draft_edits (
    plan_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    operation TEXT NOT NULL,
    arguments JSONB NOT NULL,
    communities TEXT[] NOT NULL,
    actor TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    undone BOOLEAN DEFAULT 'false' NOT NULL,
    before JSONB NOT NULL,
    after JSONB NOT NULL,
    CONSTRAINT pk_draft_edits PRIMARY KEY (plan_id, seq),
    CONSTRAINT fk_draft_edits_plan_id FOREIGN KEY(plan_id) REFERENCES plans (id) ON DELETE CASCADE
);

CREATE TABLE plan_jobs (
    id UUID NOT NULL,
    plan_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    community_code TEXT NOT NULL,
    state TEXT DEFAULT 'running' NOT NULL,
    done FLOAT(53) DEFAULT '0' NOT NULL,
    deviation FLOAT(53),
    actor TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    message TEXT,
    CONSTRAINT pk_plan_jobs PRIMARY KEY (id),
    CONSTRAINT ck_plan_jobs_state CHECK (state IN ('running', 'stopping', 'done', 'failed')),
    CONSTRAINT fk_plan_jobs_plan_id FOREIGN KEY(plan_id) REFERENCES plans (id) ON DELETE CASCADE,
    CONSTRAINT fk_plan_jobs_community_code FOREIGN KEY(community_code) REFERENCES divisions (code)
);
CREATE INDEX ix_plan_jobs_plan_id ON plan_jobs (plan_id);
