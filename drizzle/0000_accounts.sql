CREATE TABLE "tickets" (
	"hash" "bytea" PRIMARY KEY NOT NULL,
	"uid" bigint NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tokens" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "tokens_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"uid" bigint NOT NULL,
	"client_id" integer NOT NULL,
	"hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "users" (
	"uid" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "users_uid_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"uname" text NOT NULL,
	"uname_key" text NOT NULL,
	"password_hash" text NOT NULL,
	"phone" text,
	"email" text,
	"gender" smallint NOT NULL,
	"language" integer NOT NULL,
	"occup" text NOT NULL,
	"user_type" smallint NOT NULL,
	"avatar" text NOT NULL,
	"audio" text,
	"birth" date,
	"country" integer,
	"province" integer,
	"city" integer,
	"description" text,
	"interest" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_gender" CHECK ("users"."gender" in (1, 2)),
	CONSTRAINT "users_user_type" CHECK ("users"."user_type" in (1, 2))
);
--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_uid_users_uid_fk" FOREIGN KEY ("uid") REFERENCES "public"."users"("uid") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tokens" ADD CONSTRAINT "tokens_uid_users_uid_fk" FOREIGN KEY ("uid") REFERENCES "public"."users"("uid") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "tickets_expires_at" ON "tickets" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "tokens_hash" ON "tokens" USING btree ("hash");--> statement-breakpoint
CREATE INDEX "tokens_uid" ON "tokens" USING btree ("uid","id");--> statement-breakpoint
CREATE INDEX "tokens_expires_at" ON "tokens" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "users_uname_key" ON "users" USING btree ("uname_key");