CREATE TABLE "conversations" (
	"owner" bigint NOT NULL,
	"peer" bigint NOT NULL,
	"last_id" bigint DEFAULT 0 NOT NULL,
	"read_id" bigint DEFAULT 0 NOT NULL,
	"unread" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "conversations_owner_peer_pk" PRIMARY KEY("owner","peer"),
	CONSTRAINT "conversations_unread" CHECK ("conversations"."unread" >= 0)
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "messages_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"low" bigint NOT NULL,
	"high" bigint NOT NULL,
	"sender" bigint NOT NULL,
	"msg_id" bigint NOT NULL,
	"timestamp" bigint NOT NULL,
	"fingerprint" bigint NOT NULL,
	"data" "bytea" NOT NULL,
	"stored_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "messages_low_high_id_pk" PRIMARY KEY("low","high","id")
);
--> statement-breakpoint
ALTER TABLE "conversations" ADD CONSTRAINT "conversations_owner_users_uid_fk" FOREIGN KEY ("owner") REFERENCES "public"."users"("uid") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "conversations" ADD CONSTRAINT "conversations_peer_users_uid_fk" FOREIGN KEY ("peer") REFERENCES "public"."users"("uid") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_conversation" FOREIGN KEY ("low","high") REFERENCES "public"."conversations"("owner","peer") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "conversations_newest" ON "conversations" USING btree ("owner","last_id");--> statement-breakpoint
CREATE INDEX "conversations_peer" ON "conversations" USING btree ("peer");--> statement-breakpoint
CREATE UNIQUE INDEX "messages_fingerprint" ON "messages" USING btree ("fingerprint");--> statement-breakpoint
CREATE INDEX "messages_stored_at" ON "messages" USING btree ("stored_at");