import { checkStories } from "../model/check_stories.ts";

checkStories(0);
