CREATE TABLE "mailbox_frames" (
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "mailbox_frames_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"uid" bigint NOT NULL,
	"frame" "bytea" NOT NULL,
	"stored_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "mailbox_frames_uid_id_pk" PRIMARY KEY("uid","id")
);
--> statement-breakpoint
CREATE TABLE "mailboxes" (
	"uid" bigint PRIMARY KEY NOT NULL,
	"frames" integer DEFAULT 0 NOT NULL,
	"bytes" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "mailboxes_not_negative" CHECK ("mailboxes"."frames" >= 0 and "mailboxes"."bytes" >= 0)
);
--> statement-breakpoint
ALTER TABLE "mailbox_frames" ADD CONSTRAINT "mailbox_frames_uid_users_uid_fk" FOREIGN KEY ("uid") REFERENCES "public"."users"("uid") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mailboxes" ADD CONSTRAINT "mailboxes_uid_users_uid_fk" FOREIGN KEY ("uid") REFERENCES "public"."users"("uid") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "mailbox_frames_stored_at" ON "mailbox_frames" USING brin ("stored_at");