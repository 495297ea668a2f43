BEGIN TRANSACTION;
CREATE TABLE activity (
	id VARCHAR(32) NOT NULL, 
	draft_id VARCHAR(32) NOT NULL, 
	user_name TEXT NOT NULL, 
	started_at DATETIME NOT NULL, 
	ended_at DATETIME NOT NULL, 
	seconds INTEGER NOT NULL, 
	keys INTEGER NOT NULL, 
	frames INTEGER NOT NULL, 
	details JSON NOT NULL, 
	CONSTRAINT pk_activity PRIMARY KEY (id), 
	CONSTRAINT fk_activity_draft_id FOREIGN KEY(draft_id) REFERENCES drafts (id)
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	actor TEXT NOT NULL, 
	role TEXT NOT NULL, 
	origin TEXT NOT NULL, 
	action TEXT NOT NULL, 
	subject_type TEXT NOT NULL, 
	subject_id TEXT NOT NULL, 
	media_id VARCHAR(32), 
	capability TEXT, 
	version INTEGER, 
	reason TEXT NOT NULL, 
	details JSON NOT NULL, 
	CONSTRAINT pk_audit PRIMARY KEY (id)
);
INSERT INTO "audit" VALUES(1,'2026-11-01 12:00:02.000000','ada','admin','ada@desk pid 1','user.add','user','ada',NULL,NULL,NULL,'','{}');
INSERT INTO "audit" VALUES(2,'2026-11-01 12:00:04.000000','ada','admin','ada@desk pid 1','user.add','user','lena',NULL,NULL,NULL,'','{"role": "lead"}');
INSERT INTO "audit" VALUES(3,'2026-11-01 12:00:06.000000','ada','admin','ada@desk pid 1','user.add','user','rui',NULL,NULL,NULL,'','{"role": "reviewer"}');
INSERT INTO "audit" VALUES(4,'2026-11-01 12:00:08.000000','lena','lead','lena@desk pid 2','workspace.create','workspace','13996477eaa2cf7651410006f38f474f',NULL,NULL,NULL,'','{}');
INSERT INTO "audit" VALUES(5,'2026-11-01 12:00:10.000000','lena','lead','lena@desk pid 2','media.create','media','119648f3b339a8699cf0eaa128f70fe0','119648f3b339a8699cf0eaa128f70fe0',NULL,NULL,'','{"frames": 4, "missing": 0, "manifest_sha": "89c0e67ebd71398fc37d585ea13696a63eeeba9d797ac0ba5c2631805486940d"}');
INSERT INTO "audit" VALUES(6,'2026-11-01 12:00:13.000000','lena','lead','lena@desk pid 2','pack.create','label_pack','55d992d6623f16b08b72b8a1c4b574b8','119648f3b339a8699cf0eaa128f70fe0','ball_detection',1,'','{"source": "run", "validation_status": "passed", "review_status": "pending", "lifecycle": "candidate"}');
INSERT INTO "audit" VALUES(7,'2026-11-01 12:00:15.000000','lena','lead','lena@desk pid 2','pack.create','label_pack','77380d8e833f2ddbfbf79a7807a64f49','119648f3b339a8699cf0eaa128f70fe0','player_detection',1,'','{"source": "run", "validation_status": "passed", "review_status": "pending", "lifecycle": "candidate"}');
INSERT INTO "audit" VALUES(8,'2026-11-01 12:00:16.000000','lena','lead','lena@desk pid 2','run.import','run','cf5bb9788b429e132a0e1818c9926df3','119648f3b339a8699cf0eaa128f70fe0',NULL,NULL,'','{"source": "coco", "labels": {"ball_detection": 4, "player_detection": 12}}');
INSERT INTO "audit" VALUES(9,'2026-11-01 12:00:18.000000','rui','reviewer','rui@desk pid 3','draft.create','draft','da022895988ef67d5991409c0897afab','119648f3b339a8699cf0eaa128f70fe0','ball_detection',1,'','{"lineage": "Pack-id: 1f32d297edb53dd673942f2e9201492f"}');
INSERT INTO "audit" VALUES(10,'2026-11-01 12:00:20.000000','rui','reviewer','rui@desk pid 3','draft.save','draft','da022895988ef67d5991409c0897afab','119648f3b339a8699cf0eaa128f70fe0','ball_detection',2,'','{"frames": 4}');
INSERT INTO "audit" VALUES(11,'2026-11-01 12:00:23.000000','lena','lead','lena@desk pid 2','pack.create','label_pack','9f24a7a962abb9ba4310544394fc9ff7','119648f3b339a8699cf0eaa128f70fe0','ball_detection',1,'First publish.','{"source": "draft", "validation_status": "passed", "review_status": "approved", "lifecycle": "approved"}');
INSERT INTO "audit" VALUES(12,'2026-11-01 12:00:26.000000','lena','lead','lena@desk pid 2','revision.publish','revision','b8041bb36f4c26bc480202794a10fdb2','119648f3b339a8699cf0eaa128f70fe0','ball_detection',1,'checked twice','{"number": 1, "content_hash": "81e63f3b29ac00282fc7bb3f5c36a6d16b0b7d5c6422e7714ad4f45b47ebcab8", "previous_hash": null, "pack_id": "9f24a7a962abb9ba4310544394fc9ff7", "draft_id": "da022895988ef67d5991409c0897afab", "draft_version": 2, "lineage": "Pack-id: 1f32d297edb53dd673942f2e9201492f", "warnings": 1}');
INSERT INTO "audit" VALUES(13,'2026-11-01 12:00:28.000000','rui','reviewer','rui@desk pid 3','draft.create','draft','b148cc0a4af4fdf0a0b9cc7957b16c63','119648f3b339a8699cf0eaa128f70fe0','player_detection',1,'','{"lineage": "Pack-id: 27710d48b035275459a155020545d69e"}');
INSERT INTO "audit" VALUES(14,'2026-11-01 12:00:30.000000','rui','reviewer','rui@desk pid 3','draft.save','draft','b148cc0a4af4fdf0a0b9cc7957b16c63','119648f3b339a8699cf0eaa128f70fe0','player_detection',2,'','{"frames": 4}');
INSERT INTO "audit" VALUES(15,'2026-11-01 12:00:33.000000','lena','lead','lena@desk pid 2','pack.create','label_pack','fb83a5c104f5c25ca6a6f239d693311b','119648f3b339a8699cf0eaa128f70fe0','player_detection',1,'First publish.','{"source": "draft", "validation_status": "passed", "review_status": "approved", "lifecycle": "approved"}');
INSERT INTO "audit" VALUES(16,'2026-11-01 12:00:36.000000','lena','lead','lena@desk pid 2','revision.publish','revision','92a9ea96c39470f5f065d5060dc9ae50','119648f3b339a8699cf0eaa128f70fe0','player_detection',1,'checked twice','{"number": 1, "content_hash": "509539f7c33b8b288ec3360a3d6e1916606571dcf9237678b469ce9ff291b228", "previous_hash": null, "pack_id": "fb83a5c104f5c25ca6a6f239d693311b", "draft_id": "b148cc0a4af4fdf0a0b9cc7957b16c63", "draft_version": 2, "lineage": "Pack-id: 27710d48b035275459a155020545d69e", "warnings": 1}');
INSERT INTO "audit" VALUES(17,'2026-11-01 12:00:38.000000','lena','lead','lena@desk pid 2','eligibility.approve','revision','92a9ea96c39470f5f065d5060dc9ae50','119648f3b339a8699cf0eaa128f70fe0','player_detection',2,'','{"from": "Reviewed", "to": "Approved", "number": 1}');
CREATE TABLE draft_versions (
	draft_id VARCHAR(32) NOT NULL, 
	version INTEGER NOT NULL, 
	parent INTEGER, 
	merged_from INTEGER, 
	kind TEXT NOT NULL, 
	content_hash VARCHAR(64) NOT NULL, 
	checkpoint_sha VARCHAR(64), 
	delta BLOB, 
	changed_frames INTEGER NOT NULL, 
	checkpoint INTEGER NOT NULL, 
	checkpoint_size INTEGER NOT NULL, 
	chain_size INTEGER NOT NULL, 
	lineage TEXT NOT NULL, 
	lineage_pack_id VARCHAR(32), 
	lineage_revision_id VARCHAR(32), 
	save_id VARCHAR(32) NOT NULL, 
	actor TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_draft_versions PRIMARY KEY (draft_id, version), 
	CONSTRAINT fk_draft_versions_draft_id FOREIGN KEY(draft_id) REFERENCES drafts (id), 
	CONSTRAINT uq_draft_versions_save UNIQUE (draft_id, save_id)
);
INSERT INTO "draft_versions" VALUES('da022895988ef67d5991409c0897afab',1,NULL,NULL,'create','0867816342504550fb5d098d0bb7994b36f97359a9d258080373479f270bea7b','2cf65703168e83a35cb36ae1885de4a4e9a5e2637b96b3770c0fee4ece243f54',NULL,4,1,136,0,'pack','1f32d297edb53dd673942f2e9201492f',NULL,'79051f83957c982e07aa8cd45ea8c075','rui','2026-11-01 12:00:17.000000');
INSERT INTO "draft_versions" VALUES('da022895988ef67d5991409c0897afab',2,1,NULL,'save','bee696935c21ee81acca62c5e9aca0a764637326194f4ab3f8392d7fc85d72be',NULL,X'28B52FFD60D10095040022891C1E70C5CD188068AD0AFBA5DF785AA09745D47BFFDF5CDED38DE1B3EAFF12020F828E44CA4B93108E61716AB739D15D2131C24F37105C6D6B0E63D6A7A3F159A72974B500BB16DB46E5C9CC3C748144F48031D340FA0E2C3766A640DF9618B871C652B30EE3885957EB97E88E2D93D84FCF5F0A00D060AC2D94C1D8AE30D93C9901C328CE87F479C23CE6BCF7DBE204',4,1,136,4252,'pack','1f32d297edb53dd673942f2e9201492f',NULL,'ssssssssssssssssssssssssssssssss','rui','2026-11-01 12:00:19.000000');
INSERT INTO "draft_versions" VALUES('b148cc0a4af4fdf0a0b9cc7957b16c63',1,NULL,NULL,'create','9ae699c3200cef6c91a1e868cd0823bbd0ba13593f58b123b8a481886c364fc2','5d3c87d735527674027769061a7326410358bce03c6fc0f70ffaa846b4331037',NULL,4,1,182,0,'pack','27710d48b035275459a155020545d69e',NULL,'a427e7b19c1d624bcab853fb4d02fab9','rui','2026-11-01 12:00:27.000000');
INSERT INTO "draft_versions" VALUES('b148cc0a4af4fdf0a0b9cc7957b16c63',2,1,NULL,'save','f56dd85fac01ba12f520b8ef0109feada3c66ebaa79c3fb11b89a4d8138dca76',NULL,X'28B52FFD603403650500E2081C1C60A9330644CCB334AED00BA055B6D8AA82E0810205229A804910045D9573CEB5D61672F228058949E0DB7D3E7438501CC1516F8CBDAA95A283FE76DA06B1D10B299C335A5B556666D31300A6534E9F0C7D2328005F53D0B2FE9E86F09A19D65FF3CACC42678E870E9D5D14E7A8E7311700A01104E82140D90154C0780850860015C442D070666103680372044C003820A0F7212C940119018801BC01483C61A216D12C47F4B40A0A',4,1,182,4278,'pack','27710d48b035275459a155020545d69e',NULL,'ssssssssssssssssssssssssssssssss','rui','2026-11-01 12:00:29.000000');
CREATE TABLE drafts (
	id VARCHAR(32) NOT NULL, 
	workspace_id VARCHAR(32) NOT NULL, 
	media_id VARCHAR(32) NOT NULL, 
	capability TEXT NOT NULL, 
	active BOOLEAN NOT NULL, 
	version INTEGER NOT NULL, 
	content_hash VARCHAR(64) NOT NULL, 
	lineage TEXT NOT NULL, 
	lineage_pack_id VARCHAR(32), 
	lineage_revision_id VARCHAR(32), 
	created_at DATETIME NOT NULL, 
	created_by TEXT NOT NULL, 
	updated_at DATETIME NOT NULL, 
	updated_by TEXT NOT NULL, 
	CONSTRAINT pk_drafts PRIMARY KEY (id), 
	CONSTRAINT fk_drafts_lineage_pack_id FOREIGN KEY(lineage_pack_id) REFERENCES prelabel_packs (id), 
	CONSTRAINT fk_drafts_media_id FOREIGN KEY(media_id) REFERENCES media (id), 
	CONSTRAINT fk_drafts_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
);
INSERT INTO "drafts" VALUES('da022895988ef67d5991409c0897afab','13996477eaa2cf7651410006f38f474f','119648f3b339a8699cf0eaa128f70fe0','ball_detection',1,2,'bee696935c21ee81acca62c5e9aca0a764637326194f4ab3f8392d7fc85d72be','pack','1f32d297edb53dd673942f2e9201492f',NULL,'2026-11-01 12:00:17.000000','rui','2026-11-01 12:00:19.000000','rui');
INSERT INTO "drafts" VALUES('b148cc0a4af4fdf0a0b9cc7957b16c63','13996477eaa2cf7651410006f38f474f','119648f3b339a8699cf0eaa128f70fe0','player_detection',1,2,'f56dd85fac01ba12f520b8ef0109feada3c66ebaa79c3fb11b89a4d8138dca76','pack','27710d48b035275459a155020545d69e',NULL,'2026-11-01 12:00:27.000000','rui','2026-11-01 12:00:29.000000','rui');
CREATE TABLE eligibilities (
	revision_id VARCHAR(32) NOT NULL, 
	status TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	reason TEXT NOT NULL, 
	updated_at DATETIME NOT NULL, 
	updated_by TEXT NOT NULL, 
	CONSTRAINT pk_eligibilities PRIMARY KEY (revision_id), 
	CONSTRAINT fk_eligibilities_revision_id FOREIGN KEY(revision_id) REFERENCES revisions (id)
);
INSERT INTO "eligibilities" VALUES('b8041bb36f4c26bc480202794a10fdb2','Reviewed',1,'','2026-11-01 12:00:25.000000','lena');
INSERT INTO "eligibilities" VALUES('92a9ea96c39470f5f065d5060dc9ae50','Approved',2,'','2026-11-01 12:00:37.000000','lena');
CREATE TABLE label_packs (
	id VARCHAR(32) NOT NULL, 
	workspace_id VARCHAR(32) NOT NULL, 
	media_id VARCHAR(32) NOT NULL, 
	capability TEXT NOT NULL, 
	artifact_sha VARCHAR(64) NOT NULL, 
	label_count INTEGER NOT NULL, 
	source TEXT NOT NULL, 
	prelabel_pack_id VARCHAR(32), 
	validation_status TEXT NOT NULL, 
	validation JSON NOT NULL, 
	review_status TEXT NOT NULL, 
	lifecycle TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by TEXT NOT NULL, 
	updated_at DATETIME NOT NULL, 
	updated_by TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	CONSTRAINT pk_label_packs PRIMARY KEY (id), 
	CONSTRAINT fk_label_packs_media_id FOREIGN KEY(media_id) REFERENCES media (id), 
	CONSTRAINT fk_label_packs_prelabel_pack_id FOREIGN KEY(prelabel_pack_id) REFERENCES prelabel_packs (id), 
	CONSTRAINT fk_label_packs_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
);
INSERT INTO "label_packs" VALUES('55d992d6623f16b08b72b8a1c4b574b8','13996477eaa2cf7651410006f38f474f','119648f3b339a8699cf0eaa128f70fe0','ball_detection','2cf65703168e83a35cb36ae1885de4a4e9a5e2637b96b3770c0fee4ece243f54',4,'run','1f32d297edb53dd673942f2e9201492f','passed','{"errors": 0, "warnings": 0, "rules": {}, "thresholds": {}}','pending','candidate',1,'2026-11-01 12:00:12.000000','lena','2026-11-01 12:00:12.000000','lena','');
INSERT INTO "label_packs" VALUES('77380d8e833f2ddbfbf79a7807a64f49','13996477eaa2cf7651410006f38f474f','119648f3b339a8699cf0eaa128f70fe0','player_detection','5d3c87d735527674027769061a7326410358bce03c6fc0f70ffaa846b4331037',12,'run','27710d48b035275459a155020545d69e','passed','{"errors": 0, "warnings": 0, "rules": {}, "thresholds": {}}','pending','candidate',1,'2026-11-01 12:00:14.000000','lena','2026-11-01 12:00:14.000000','lena','');
INSERT INTO "label_packs" VALUES('9f24a7a962abb9ba4310544394fc9ff7','13996477eaa2cf7651410006f38f474f','119648f3b339a8699cf0eaa128f70fe0','ball_detection','81e63f3b29ac00282fc7bb3f5c36a6d16b0b7d5c6422e7714ad4f45b47ebcab8',4,'draft','1f32d297edb53dd673942f2e9201492f','passed','{"errors": 0, "warnings": 1, "rules": {"frame.needs_human_review": 1}, "thresholds": {}}','approved','approved',1,'2026-11-01 12:00:22.000000','lena','2026-11-01 12:00:22.000000','lena','First publish.');
INSERT INTO "label_packs" VALUES('fb83a5c104f5c25ca6a6f239d693311b','13996477eaa2cf7651410006f38f474f','119648f3b339a8699cf0eaa128f70fe0','player_detection','509539f7c33b8b288ec3360a3d6e1916606571dcf9237678b469ce9ff291b228',12,'draft','27710d48b035275459a155020545d69e','passed','{"errors": 0, "warnings": 1, "rules": {"frame.needs_human_review": 1}, "thresholds": {}}','approved','approved',1,'2026-11-01 12:00:32.000000','lena','2026-11-01 12:00:32.000000','lena','First publish.');
CREATE TABLE media (
	id VARCHAR(32) NOT NULL, 
	workspace_id VARCHAR(32) NOT NULL, 
	name TEXT NOT NULL, 
	manifest_sha VARCHAR(64) NOT NULL, 
	frame_count INTEGER NOT NULL, 
	missing_count INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_media PRIMARY KEY (id), 
	CONSTRAINT fk_media_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id), 
	CONSTRAINT uq_media_workspace_id UNIQUE (workspace_id, name)
);
INSERT INTO "media" VALUES('119648f3b339a8699cf0eaa128f70fe0','13996477eaa2cf7651410006f38f474f','m1','89c0e67ebd71398fc37d585ea13696a63eeeba9d797ac0ba5c2631805486940d',4,0,'2026-11-01 12:00:09.000000');
CREATE TABLE preferences (
	user_name TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	value JSON NOT NULL, 
	CONSTRAINT pk_preferences PRIMARY KEY (user_name, "key")
);
CREATE TABLE prelabel_packs (
	id VARCHAR(32) NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	media_id VARCHAR(32) NOT NULL, 
	capability TEXT NOT NULL, 
	artifact_sha VARCHAR(64) NOT NULL, 
	frame_count INTEGER NOT NULL, 
	label_count INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_prelabel_packs PRIMARY KEY (id), 
	CONSTRAINT fk_prelabel_packs_media_id FOREIGN KEY(media_id) REFERENCES media (id), 
	CONSTRAINT fk_prelabel_packs_run_id FOREIGN KEY(run_id) REFERENCES runs (id)
);
INSERT INTO "prelabel_packs" VALUES('1f32d297edb53dd673942f2e9201492f','cf5bb9788b429e132a0e1818c9926df3','119648f3b339a8699cf0eaa128f70fe0','ball_detection','2cf65703168e83a35cb36ae1885de4a4e9a5e2637b96b3770c0fee4ece243f54',4,4,'2026-11-01 12:00:11.000000');
INSERT INTO "prelabel_packs" VALUES('27710d48b035275459a155020545d69e','cf5bb9788b429e132a0e1818c9926df3','119648f3b339a8699cf0eaa128f70fe0','player_detection','5d3c87d735527674027769061a7326410358bce03c6fc0f70ffaa846b4331037',4,12,'2026-11-01 12:00:11.000000');
CREATE TABLE presence (
	token VARCHAR(32) NOT NULL, 
	draft_id VARCHAR(32) NOT NULL, 
	user_name TEXT NOT NULL, 
	origin TEXT NOT NULL, 
	since DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_presence PRIMARY KEY (token), 
	CONSTRAINT fk_presence_draft_id FOREIGN KEY(draft_id) REFERENCES drafts (id)
);
INSERT INTO "presence" VALUES('58a8f4c0bb6eaf128943b68e3868129b','b148cc0a4af4fdf0a0b9cc7957b16c63','rui','rui@desk pid 3','2026-11-01 12:00:39.000000','2026-11-01 12:00:55.000000');
CREATE TABLE publish_locks (
	media_id VARCHAR(32) NOT NULL, 
	capability TEXT NOT NULL, 
	token VARCHAR(32) NOT NULL, 
	holder TEXT NOT NULL, 
	acquired_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_publish_locks PRIMARY KEY (media_id, capability), 
	CONSTRAINT fk_publish_locks_media_id FOREIGN KEY(media_id) REFERENCES media (id)
);
CREATE TABLE revisions (
	id VARCHAR(32) NOT NULL, 
	workspace_id VARCHAR(32) NOT NULL, 
	media_id VARCHAR(32) NOT NULL, 
	capability TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	content_hash VARCHAR(64) NOT NULL, 
	previous_hash VARCHAR(64), 
	manifest_sha VARCHAR(64) NOT NULL, 
	pack_id TEXT NOT NULL, 
	pack_sha VARCHAR(64) NOT NULL, 
	draft_id VARCHAR(32), 
	draft_version INTEGER, 
	lineage TEXT NOT NULL, 
	lineage_pack_id VARCHAR(32), 
	lineage_revision_id VARCHAR(32), 
	diff JSON NOT NULL, 
	validation JSON NOT NULL, 
	counts JSON NOT NULL, 
	override_reason TEXT, 
	published_at DATETIME NOT NULL, 
	published_by TEXT NOT NULL, 
	CONSTRAINT pk_revisions PRIMARY KEY (id), 
	CONSTRAINT ck_revisions_number CHECK (number >= 1), 
	CONSTRAINT fk_revisions_lineage_pack_id FOREIGN KEY(lineage_pack_id) REFERENCES prelabel_packs (id), 
	CONSTRAINT fk_revisions_media_id FOREIGN KEY(media_id) REFERENCES media (id), 
	CONSTRAINT fk_revisions_pack_id FOREIGN KEY(pack_id) REFERENCES label_packs (id), 
	CONSTRAINT fk_revisions_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id), 
	CONSTRAINT uq_revisions_media_id UNIQUE (media_id, capability, number)
);
INSERT INTO "revisions" VALUES('b8041bb36f4c26bc480202794a10fdb2','13996477eaa2cf7651410006f38f474f','119648f3b339a8699cf0eaa128f70fe0','ball_detection',1,'81e63f3b29ac00282fc7bb3f5c36a6d16b0b7d5c6422e7714ad4f45b47ebcab8',NULL,'89c0e67ebd71398fc37d585ea13696a63eeeba9d797ac0ba5c2631805486940d','9f24a7a962abb9ba4310544394fc9ff7','81e63f3b29ac00282fc7bb3f5c36a6d16b0b7d5c6422e7714ad4f45b47ebcab8','da022895988ef67d5991409c0897afab',2,'pack','1f32d297edb53dd673942f2e9201492f',NULL,'{"added": 4, "removed": 0, "modified": 0, "flags": 2, "frames": 4}','{"errors": 0, "warnings": 1, "rules": {"frame.needs_human_review": 1}, "thresholds": {}}','{"frames": 4, "labels": 4, "flags": {"needs_human_review": 1}, "ball": {"blurred": 1}}','checked twice','2026-11-01 12:00:24.000000','lena');
INSERT INTO "revisions" VALUES('92a9ea96c39470f5f065d5060dc9ae50','13996477eaa2cf7651410006f38f474f','119648f3b339a8699cf0eaa128f70fe0','player_detection',1,'509539f7c33b8b288ec3360a3d6e1916606571dcf9237678b469ce9ff291b228',NULL,'89c0e67ebd71398fc37d585ea13696a63eeeba9d797ac0ba5c2631805486940d','fb83a5c104f5c25ca6a6f239d693311b','509539f7c33b8b288ec3360a3d6e1916606571dcf9237678b469ce9ff291b228','b148cc0a4af4fdf0a0b9cc7957b16c63',2,'pack','27710d48b035275459a155020545d69e',NULL,'{"added": 12, "removed": 0, "modified": 0, "flags": 1, "frames": 4}','{"errors": 0, "warnings": 1, "rules": {"frame.needs_human_review": 1}, "thresholds": {}}','{"frames": 4, "labels": 12, "flags": {"needs_human_review": 1}, "ball": {}}','checked twice','2026-11-01 12:00:34.000000','lena');
CREATE TABLE run_outcomes (
	run_id VARCHAR(32) NOT NULL, 
	capability TEXT NOT NULL, 
	status TEXT NOT NULL, 
	pack_id VARCHAR(32), 
	detail TEXT NOT NULL, 
	CONSTRAINT pk_run_outcomes PRIMARY KEY (run_id, capability), 
	CONSTRAINT fk_run_outcomes_pack_id FOREIGN KEY(pack_id) REFERENCES prelabel_packs (id), 
	CONSTRAINT fk_run_outcomes_run_id FOREIGN KEY(run_id) REFERENCES runs (id)
);
INSERT INTO "run_outcomes" VALUES('cf5bb9788b429e132a0e1818c9926df3','ball_detection','succeeded','1f32d297edb53dd673942f2e9201492f','4 labels');
INSERT INTO "run_outcomes" VALUES('cf5bb9788b429e132a0e1818c9926df3','player_detection','succeeded','27710d48b035275459a155020545d69e','12 labels');
CREATE TABLE runs (
	id VARCHAR(32) NOT NULL, 
	workspace_id VARCHAR(32) NOT NULL, 
	media_id VARCHAR(32) NOT NULL, 
	status TEXT NOT NULL, 
	source TEXT NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by TEXT NOT NULL, 
	CONSTRAINT pk_runs PRIMARY KEY (id), 
	CONSTRAINT fk_runs_media_id FOREIGN KEY(media_id) REFERENCES media (id), 
	CONSTRAINT fk_runs_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id), 
	CONSTRAINT uq_runs_media_id UNIQUE (media_id, digest)
);
INSERT INTO "runs" VALUES('cf5bb9788b429e132a0e1818c9926df3','13996477eaa2cf7651410006f38f474f','119648f3b339a8699cf0eaa128f70fe0','succeeded','coco','d712c12d42359cd3e05a557a7f7b0c013421cca4ae0d18a07e2bb5a20ee867e7','2026-11-01 12:00:11.000000','lena');
CREATE TABLE users (
	id VARCHAR(32) NOT NULL, 
	name TEXT NOT NULL, 
	role TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_users PRIMARY KEY (id), 
	CONSTRAINT uq_users_name UNIQUE (name)
);
INSERT INTO "users" VALUES('714945cffdf2fbbb3eea4bcfe347ee52','ada','admin','2026-11-01 12:00:01.000000');
INSERT INTO "users" VALUES('9d167a22555a557b2da7b04c11955786','lena','lead','2026-11-01 12:00:03.000000');
INSERT INTO "users" VALUES('04312cb425b6871d0c14bed1dbc930ea','rui','reviewer','2026-11-01 12:00:05.000000');
CREATE TABLE workspaces (
	id VARCHAR(32) NOT NULL, 
	name TEXT NOT NULL, 
	settings JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_workspaces PRIMARY KEY (id), 
	CONSTRAINT uq_workspaces_name UNIQUE (name)
);
INSERT INTO "workspaces" VALUES('13996477eaa2cf7651410006f38f474f','arena','{}','2026-11-01 12:00:07.000000');
CREATE INDEX ix_audit_subject ON audit (subject_type, subject_id);
CREATE INDEX ix_runs_page ON runs (created_at, id);
CREATE UNIQUE INDEX uq_drafts_active_scope ON drafts (media_id, capability) WHERE active;
CREATE INDEX ix_label_packs_scope ON label_packs (media_id, capability, created_at);
CREATE INDEX ix_activity_draft_id ON activity (draft_id);
CREATE INDEX ix_presence_draft_id ON presence (draft_id);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER draft_versions_no_update BEFORE UPDATE ON draft_versions BEGIN SELECT RAISE(ABORT, 'draft_versions is append-only'); END;
CREATE TRIGGER draft_versions_no_delete BEFORE DELETE ON draft_versions BEGIN SELECT RAISE(ABORT, 'draft_versions is append-only'); END;
CREATE TRIGGER prelabel_packs_no_update BEFORE UPDATE ON prelabel_packs BEGIN SELECT RAISE(ABORT, 'prelabel_packs is append-only'); END;
CREATE TRIGGER prelabel_packs_no_delete BEFORE DELETE ON prelabel_packs BEGIN SELECT RAISE(ABORT, 'prelabel_packs is append-only'); END;
CREATE TRIGGER revisions_no_update BEFORE UPDATE ON revisions BEGIN SELECT RAISE(ABORT, 'revisions is append-only'); END;
CREATE TRIGGER revisions_no_delete BEFORE DELETE ON revisions BEGIN SELECT RAISE(ABORT, 'revisions is append-only'); END;
COMMIT;
