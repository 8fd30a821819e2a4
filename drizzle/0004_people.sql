-- Written by hand, as drizzle-kit makes no functions: what an entry of the directory is found by. Every run of one to three
-- characters of the name, and the filters; these are longer, so that no name holds one.
CREATE FUNCTION "directory_terms"("uname_key" text, "user_type" smallint, "language" integer, "country" integer) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT array_agg(substr(uname_key, at, size)) || ARRAY['type:' || user_type, 'language:' || language, 'country:' || coalesce(country, -1)]
	FROM generate_series(1, length(uname_key)) AS at, generate_series(1, 3) AS size
	WHERE at + size <= length(uname_key) + 1
$$;
--> statement-breakpoint
CREATE TABLE "blocks" (
	"uid" bigint NOT NULL,
	"blocked" bigint NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "blocks_uid_blocked_pk" PRIMARY KEY("uid","blocked")
);
--> statement-breakpoint
CREATE TABLE "nodes" (
	"node" text PRIMARY KEY NOT NULL,
	"seen_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "presence" (
	"uid" bigint PRIMARY KEY NOT NULL,
	"online" boolean NOT NULL,
	"node" text NOT NULL,
	"since" timestamp with time zone NOT NULL,
	"last_seen" timestamp with time zone,
	"user_type" smallint NOT NULL,
	"language" integer NOT NULL,
	"country" integer,
	"uname_key" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "blocks" ADD CONSTRAINT "blocks_uid_users_uid_fk" FOREIGN KEY ("uid") REFERENCES "public"."users"("uid") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "blocks" ADD CONSTRAINT "blocks_blocked_users_uid_fk" FOREIGN KEY ("blocked") REFERENCES "public"."users"("uid") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "presence" ADD CONSTRAINT "presence_uid_users_uid_fk" FOREIGN KEY ("uid") REFERENCES "public"."users"("uid") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "blocks_blocked" ON "blocks" USING btree ("blocked","uid");--> statement-breakpoint
CREATE INDEX "presence_node" ON "presence" USING btree ("node","uid") WHERE "presence"."online";--> statement-breakpoint
CREATE INDEX "presence_directory" ON "presence" USING btree ("user_type","uid","uname_key") WHERE "presence"."online";--> statement-breakpoint
CREATE INDEX "presence_directory_language" ON "presence" USING btree ("user_type","language","uid","uname_key") WHERE "presence"."online";--> statement-breakpoint
CREATE INDEX "presence_directory_country" ON "presence" USING btree ("user_type","country","uid","uname_key") WHERE "presence"."online";--> statement-breakpoint
CREATE INDEX "presence_directory_language_country" ON "presence" USING btree ("user_type","language","country","uid","uname_key") WHERE "presence"."online";--> statement-breakpoint
CREATE INDEX "users_directory" ON "users" USING btree ("user_type","uid","uname_key");--> statement-breakpoint
CREATE INDEX "users_directory_language" ON "users" USING btree ("user_type","language","uid","uname_key");--> statement-breakpoint
CREATE INDEX "users_directory_country" ON "users" USING btree ("user_type","country","uid","uname_key");--> statement-breakpoint
CREATE INDEX "users_directory_language_country" ON "users" USING btree ("user_type","language","country","uid","uname_key");--> statement-breakpoint
CREATE INDEX "users_directory_terms" ON "users" USING gin (directory_terms("uname_key", "user_type", "language", "country")) WITH (fastupdate=false);