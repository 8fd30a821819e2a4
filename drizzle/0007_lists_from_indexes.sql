-- Made before the old ones go, which stops readers: until then only writers wait.
CREATE INDEX "conversations_list" ON "conversations" USING btree ("owner","last_id","peer","unread");--> statement-breakpoint
CREATE INDEX "conversations_peers" ON "conversations" USING btree ("peer","owner","read_id");--> statement-breakpoint
DROP INDEX "conversations_newest";--> statement-breakpoint
DROP INDEX "conversations_peer";
